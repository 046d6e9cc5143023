/** Where well-known image sets may be fetched, and what the files must be. */

/** A file with a public home. */
export interface Home {
  url: string;
  bytes?: number;
  /** As published by TensorFlow Datasets (tensorflow_datasets/url_checksums), where it has it. */
  sha256?: string;
}

const voc = "http://host.robots.ox.ac.uk/pascal/VOC";
const coco = "http://images.cocodataset.org";

/** By the name that `deno task data` takes. ImageNet has no open home: it is behind an agreement. */
export const homes: Record<string, Home[]> = {
  "cifar-10": [{
    url: "https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz",
    bytes: 170052171,
    sha256: "c4a38c50a1bc5f3a1c5537f2155ab9d68f9f25eb1ed8d9ddda3db29a59bca1dd",
  }],
  "cifar-100": [{
    url: "https://www.cs.toronto.edu/~kriz/cifar-100-binary.tar.gz",
    bytes: 168513733,
    sha256: "58a81ae192c23a4be8b1804d68e518ed807d710a4eb253b1f2a199162a40d8ec",
  }],
  "stl10": [{
    url: "http://ai.stanford.edu/~acoates/stl10/stl10_binary.tar.gz",
    bytes: 2640397119,
    sha256: "f31fd99273a1acb8609c8db427cebb1de3f71de77758cdc0e22956e1289b9866",
  }],
  "tiny-imagenet": [{
    url: "http://cs231n.stanford.edu/tiny-imagenet-200.zip",
    bytes: 248100043,
    sha256: "6198c8ae015e2b3e007c7841da39ec069199b9aa3bfa943a462022fe5e43c821", // as many record it
  }],
  "voc": [
    {
      url: `${voc}/voc2007/VOCtrainval_06-Nov-2007.tar`,
      bytes: 460032000,
      sha256: "7d8cd951101b0957ddfd7a530bdc8a94f06121cfc1e511bb5937e973020c7508",
    },
    {
      url: `${voc}/voc2007/VOCtest_06-Nov-2007.tar`,
      bytes: 451020800,
      sha256: "6836888e2e01dca84577a849d339fa4f73e1e4f135d312430c4856b5609b4892",
    },
    {
      url: `${voc}/voc2012/VOCtrainval_11-May-2012.tar`,
      bytes: 1999639040,
      sha256: "e14f763270cf193d0b5f74b169f44157a4b0c6efa708f4dd0ff78ee691763bcb",
    },
  ],
  "coco": [
    {
      url: `${coco}/zips/train2017.zip`,
      bytes: 19336861798,
      sha256: "69a8bb58ea5f8f99d24875f21416de2e9ded3178e903f1f7603e283b9e06d929",
    },
    {
      url: `${coco}/zips/val2017.zip`,
      bytes: 815585330,
      sha256: "4f7e2ccb2866ec5041993c9cf2a952bbed69647b115d0f74da7ce8f4bef82f05",
    },
    {
      url: `${coco}/annotations/annotations_trainval2017.zip`,
      bytes: 252907541,
      sha256: "113a836d90195ee1f884e704da6304dfaaecff1f023f49b6ca93c4aaae470268",
    },
  ],
};

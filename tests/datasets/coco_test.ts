import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { coco } from "../../lib/datasets/coco.ts";
import { memoryTree, namesTree } from "./memory_tree.ts";
import { refused } from "./refused.ts";
import { vectors } from "./source_vectors.ts";

const { files, classes, splits } = vectors.sets.coco;

interface Instances {
  images: unknown[];
  annotations: unknown[];
  categories: unknown[];
}

const valid: Instances = {
  images: [{ id: 1, file_name: "a.jpg" }],
  annotations: [{ id: 5, image_id: 1, category_id: 7, bbox: [0, 1, 2, 3], iscrowd: 0 }],
  categories: [{ id: 7, name: "cat" }],
};

/** A set of one image, described so. */
const described = (changes: Partial<Instances>, more: Record<string, string> = {}) =>
  memoryTree({
    "annotations/instances_val2017.json": JSON.stringify({ ...valid, ...changes }),
    "val2017/a.jpg": "",
    ...more,
  });

Deno.test("coco: images, classes and boxes are pycocotools'", async () => {
  const tree = memoryTree(files);
  ok(coco.recognises(tree));
  const listing = await coco.list(tree);
  deepStrictEqual(listing.classes, classes);
  deepStrictEqual(listing.skipped, []);
  const read = Object.entries(listing.splits).map(([split, images]) => [
    split,
    images.map(({ id, file, boxes = [] }) => {
      strictEqual(tree.names[file], id);
      return {
        id,
        boxes: boxes.map(({ x, y, width, height, label, crowd, area }) => [
          ...[x, y, width, height, label],
          ...[Number(crowd ?? false), area],
        ]),
      };
    }),
  ]);
  deepStrictEqual(Object.fromEntries(read), splits);
});

Deno.test("coco: labels are the classes of the boxes, the largest first, crowds apart", async () => {
  const { splits } = await coco.list(memoryTree(files));
  deepStrictEqual(splits.train.map(({ labels }) => labels), [[], [2, 1]]);
  deepStrictEqual(splits.val.map(({ labels }) => labels), [[], [1], [0]]);
});

Deno.test("coco: images lie in their set's folder, in images/ or beside annotations/", async () => {
  const json = JSON.stringify(valid);
  for (const place of ["val2017/a.jpg", "images/val2017/a.jpg", "images/a.jpg", "a.jpg"]) {
    for (const home of ["", "coco/"]) {
      const names = { [`${home}annotations/instances_val2017.json`]: json, [home + place]: "" };
      const { splits } = await coco.list(memoryTree(names));
      deepStrictEqual(splits.val.map(({ id, labels }) => [id, labels]), [[place, [0]]]);
    }
  }
});

Deno.test("coco: splits by name of the file, without the year", async () => {
  const names = {
    "annotations/instances_val2014.json": JSON.stringify(valid),
    "annotations/instances_minival2014.json": JSON.stringify(valid),
    "annotations/person_keypoints_val2017.json": "unread",
    "minival2014/a.jpg": "",
    "val2014/a.jpg": "",
  };
  const { splits } = await coco.list(described({}, names));
  deepStrictEqual(Object.keys(splits), ["val", "minival"]);
  deepStrictEqual(splits.val.map(({ id }) => id), ["val2014/a.jpg", "val2017/a.jpg"]);
});

Deno.test("coco: official images without annotations are splits without labels", async () => {
  const more = { "test2017/b.jpg": "", "unlabeled2017/c.jpg": "", "other/d.jpg": "" };
  const { splits, skipped } = await coco.list(described({}, more));
  deepStrictEqual(Object.keys(splits), ["val", "test", "unlabeled"]);
  deepStrictEqual(splits.unlabeled.map(({ id, labels }) => [id, labels]), [[
    "unlabeled2017/c.jpg",
    [],
  ]]);
  deepStrictEqual(skipped, [{ name: "other/d.jpg", reason: "named in no instances_*.json" }]);
});

Deno.test("coco: an image that is named but not there is reported", async () => {
  const images = [...valid.images, { id: 2, file_name: "b.jpg" }, { id: 3, file_name: "../a.jpg" }];
  const { splits, skipped } = await coco.list(described({ images }));
  strictEqual(splits.val.length, 1);
  const reason = "named in annotations/instances_val2017.json, but not there";
  deepStrictEqual(skipped, [
    { name: "val2017/b.jpg", reason },
    { name: "val2017/../a.jpg", reason },
  ]);
});

Deno.test("coco: a set of which no image is there is passed over; none at all is refused", async () => {
  const train = { "annotations/instances_train2017.json": JSON.stringify(valid) };
  const { splits, skipped } = await coco.list(described({}, train));
  deepStrictEqual(Object.keys(splits), ["val"]);
  deepStrictEqual(skipped, [{
    name: "annotations/instances_train2017.json",
    reason: "none of its 1 images is there",
  }]);
  await refused(coco, memoryTree(train), /has none of the images that .*train2017.json names: add/);
});

Deno.test("coco: what contradicts itself is refused by file and annotation", async () => {
  const [annotation] = valid.annotations as Record<string, unknown>[];
  const annotated = (change: object) => described({ annotations: [{ ...annotation, ...change }] });
  const where = "archive: annotations/instances_val2017.json";
  const cases: [ReturnType<typeof described>, string][] = [
    [annotated({ image_id: 9 }), ": annotation 5 is of image 9, which it does not have"],
    [annotated({ category_id: 9 }), ": annotation 5 is of category 9, which it does not have"],
    [annotated({ bbox: [1, 2, 3] }), ": annotation 5 is of the box [1,2,3]"],
    [annotated({ bbox: null }), ": annotation 5 is of the box null"],
    [annotated({ bbox: [1, 2, -3, 4] }), ": annotation 5 is of the box"],
    [annotated({ bbox: ["1", 2, 3, 4] }), ": annotation 5 is of the box"],
    [described({ images: [...valid.images, { id: 1, file_name: "b.jpg" }] }), " has two images of"],
    [
      described({ images: [...valid.images, { id: 2, file_name: "a.jpg" }] }),
      ": a.jpg is named tw",
    ],
    [
      described({ categories: [{ id: 7, name: "cat" }, { id: 8, name: "cat" }] }),
      ": its categories need each",
    ],
    [
      described({ categories: [{ id: 7, name: "cat" }, { id: 7, name: "dog" }] }),
      ": its categories need each",
    ],
    [described({ categories: [{ id: 7, name: ["cat"] }] }), ": its categories need each"],
    [described({ images: undefined }), " has no list of images"],
    [described({ annotations: [null] }), " has no list of annotations"],
    [described({ categories: ["cat"] }), " has no list of categories"],
  ];
  for (const [tree, message] of cases) {
    await refused(coco, tree, new RegExp(`^${(where + message).replace(/[[\]().*]/g, "\\$&")}`));
  }
});

Deno.test("coco: files of different categories, broken JSON and no file are refused", async () => {
  const name = "annotations/instances_val2018.json";
  const other = JSON.stringify({ ...valid, categories: [{ id: 7, name: "dog" }] });
  await refused(coco, described({}, { [name]: other }), /val2018.json has other categories than/);
  await refused(coco, described({}, { [name]: '{"images": [' }), /val2018.json is no JSON \(/);
  await refused(coco, described({}, { [name]: "null" }), /val2018.json has no list of images/);
  await refused(coco, namesTree(["val2017/a.jpg"]), /has no instances_\*.json: add annotations/);
});

Deno.test("coco: a split may be called anything", async () => {
  const files = {
    "annotations/instances___proto__.json": JSON.stringify(valid),
    "images/a.jpg": "",
  };
  const { splits } = await coco.list(memoryTree(files));
  deepStrictEqual(Object.keys(splits), ["__proto__"]);
});

import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { imagenet } from "../../lib/datasets/imagenet.ts";
import { readStructs } from "../../lib/datasets/layouts/matlab.ts";
import { devkitSynsets } from "../../lib/datasets/layouts/synsets.ts";
import { memoryTree, namesTree } from "./memory_tree.ts";
import { refused } from "./refused.ts";
import { vectors } from "./source_vectors.ts";

const devkit = "ILSVRC2012_devkit_t12/data";
const truth = `${devkit}/ILSVRC2012_validation_ground_truth.txt`;
const { files: official } = vectors.sets.imagenet;

/** The official archives with some files replaced, or left away where undefined. */
const changed = (files: Record<string, string | Uint8Array | undefined>) => {
  const all = Object.entries({ ...official, ...files }).filter(([, content]) =>
    content !== undefined
  );
  return memoryTree(Object.fromEntries(all) as Record<string, string | Uint8Array>);
};

Deno.test("imagenet: folders of synsets, wherever they lie, in their splits", async () => {
  const names = [
    "train/n01440764/n01440764_10026.JPEG",
    "train/n02119789/n02119789_1.JPEG",
    "val/n01440764/ILSVRC2012_val_00000293.JPEG",
    "val/n02119789/any.webp",
    "test/ILSVRC2012_test_00000001.JPEG",
  ];
  const wanted = {
    train: [0, 1].map((k) => ({ id: names[k], labels: [k] })),
    val: [0, 1].map((k) => ({ id: names[2 + k], labels: [k] })),
    test: [{ id: names[4], labels: [] }],
  };
  for (const home of ["", "imagenet/", "ILSVRC/Data/CLS-LOC/"]) {
    const annotation = "ILSVRC/Annotations/CLS-LOC/train/n01440764/n01440764_10026.xml";
    const tree = namesTree([...names.map((name) => home + name), ...home ? [] : [annotation]]);
    const { classes, splits, skipped } = await imagenet.list(tree);
    deepStrictEqual(classes, ["n01440764", "n02119789"]);
    const top = home.replace(/^[^/]*\//, ""); // ids are without the top folder
    const read = Object.entries(splits).map(([split, images]) => [
      split,
      images.map(({ id, labels, file }) => {
        strictEqual(tree.names[file], (home && `${home.split("/")[0]}/`) + id);
        return { id: id.slice(top.length), labels };
      }),
    ]);
    deepStrictEqual(Object.fromEntries(read), wanted);
    deepStrictEqual(skipped, []);
  }
});

Deno.test("imagenet: in no folder of a split, validation images are told by their names", async () => {
  const names = ["n01440764/ILSVRC2012_val_00000293.JPEG", "n01440764/n01440764_1.JPEG", "n2.JPEG"];
  const { splits } = await imagenet.list(namesTree(names));
  const ids = Object.entries(splits).map(([split, images]) => [split, images.map(({ id }) => id)]);
  deepStrictEqual(ids, [["train", [names[1]]], ["val", [names[0]]]]);
});

Deno.test("imagenet: what has no class is reported, tables are not", async () => {
  const names = ["n01440764/a.JPEG", "more/b.JPEG", "words.txt", "n01440764/x.xml", "ILSVRC/c.csv"];
  const { splits, skipped } = await imagenet.list(namesTree(names));
  deepStrictEqual(splits.train.map(({ id }) => id), ["n01440764/a.JPEG"]);
  deepStrictEqual(skipped.map(({ name }) => name), ["more/b.JPEG"]);
});

Deno.test("imagenet: words come from any of the files that tell them", async () => {
  const images = { "train/n01440764/1.JPEG": "", "train/n02119789/1.JPEG": "" };
  const kaggle = "n01440764 tench, Tinca tinca\nn02119789 kit fox, Vulpes macrotis\n";
  const wordnet = "n01440764\ttench, Tinca tinca\r\nn09999999\tnothing here\r\n";
  const classes = async (files: Record<string, string>) =>
    (await imagenet.list(memoryTree({ ...images, ...files }))).classes;
  deepStrictEqual(await classes({ "LOC_synset_mapping.txt": kaggle }), [
    "n01440764 tench",
    "n02119789 kit fox",
  ]);
  deepStrictEqual(await classes({ "a/words.txt": wordnet }), ["n01440764 tench", "n02119789"]);
});

Deno.test("imagenet: Kaggle's table labels the validation images", async () => {
  const image = (k: number) => `ILSVRC/Data/CLS-LOC/val/ILSVRC2012_val_0000000${k}.JPEG`;
  const table = "ImageId,PredictionString\n" +
    "ILSVRC2012_val_00000002,n02119789 85 1 499 272 n02119789 1 2 3 4 \n" +
    "ILSVRC2012_val_00000001,n01440764 1 1 2 2 \n";
  const files = { [image(1)]: "", [image(2)]: "", "LOC_val_solution.csv": table };
  const { classes, splits } = await imagenet.list(memoryTree(files));
  deepStrictEqual(splits.val.map(({ labels: [label] }) => classes[label]), classes);
  strictEqual(classes.join(), "n01440764,n02119789");
  await refused(
    imagenet,
    memoryTree({ ...files, [image(3)]: "" }),
    /no synset for ILSVRC2012_val_00000003/,
  );
  await refused(
    imagenet,
    memoryTree({ ...files, "LOC_val_solution.csv": 'a,"b' }),
    /solution.csv is no CSV/,
  );
});

Deno.test("imagenet: validation images without labels say which file to add", async () => {
  const names = ["ILSVRC2012_val_00000001.JPEG", "n01440764/n01440764_1.JPEG"];
  await refused(
    imagenet,
    namesTree(names),
    /1 validation images .* --archive ILSVRC2012_devkit_t12.tar.gz/,
  );
});

Deno.test("imagenet: a ground truth that does not fit is refused", async () => {
  await refused(imagenet, changed({ [truth]: "3\n1\n1\n" }), /has 3 lines for 4 validation images/);
  await refused(imagenet, changed({ [truth]: "" }), /has 0 lines for 4 validation images/);
  await refused(
    imagenet,
    changed({ [truth]: "3\n1\n17\n2\n" }),
    /line 3: "17" is no ILSVRC2012_ID/,
  );
  await refused(imagenet, changed({ [truth]: "3\nx\n1\n2\n" }), /line 2: "x" is no ILSVRC2012_ID/);
  await refused(
    imagenet,
    changed({ [`${devkit}/meta.mat`]: undefined }),
    /needs the devkit's meta.mat/,
  );
  const renamed = {
    "ILSVRC2012_val_00000004.JPEG": undefined,
    "ILSVRC2012_val_00000009.JPEG": "",
  };
  await refused(imagenet, changed(renamed), /has no line 9 for ILSVRC2012_val_00000009.JPEG/);
});

Deno.test("imagenet: a broken meta.mat is refused by name", async () => {
  const name = `${devkit}/meta.mat`, whole = official[name];
  const cut = whole.slice(0, whole.length - 40);
  for (const bytes of [new Uint8Array(0), new Uint8Array(500), cut]) {
    await refused(
      imagenet,
      changed({ [name]: bytes }),
      /data\/meta.mat is not the devkit's table of synsets/,
    );
  }
});

Deno.test("imagenet: recognised by its names, but not by tables", () => {
  ok(imagenet.recognises(namesTree(["x/n01440764/1.png"])));
  ok(imagenet.recognises(namesTree(["ILSVRC2012_val_00000001.JPEG"])));
  ok(!imagenet.recognises(namesTree(["n01440764/n01440764_boxes.txt", "cat/n01440764.jpg"])));
});

Deno.test("readStructs reads what scipy writes: compressed, plain, and text as uint16", () => {
  for (const [name, bytes] of Object.entries(vectors.mats)) {
    const read = readStructs(bytes, "synsets");
    const rows = read.map(({ ILSVRC2012_ID, WNID, words }) => [ILSVRC2012_ID, WNID, words]);
    deepStrictEqual(rows, vectors.synsets, name);
    deepStrictEqual(Object.values(read[0]).slice(3), ["what it is", 0, undefined, 0, 1300], name);
  }
});

Deno.test("readStructs: bytes changed or cut anywhere are read or refused, at once", () => {
  const { plain } = vectors.mats;
  const errors = new Set<string>();
  for (let at = 124; at < plain.length; at++) {
    const spoiled = plain.map((byte, i) => i === at ? 0xFF : byte);
    for (const bytes of [spoiled, plain.subarray(0, at)]) {
      try {
        ok(readStructs(bytes, "synsets").length <= vectors.synsets.length);
      } catch (error) {
        errors.add((error as Error).message);
      }
    }
  }
  ok(errors.has("it is cut short"), [...errors].join("; "));
});

Deno.test("devkitSynsets: a tree without meta.mat has none", async () => {
  strictEqual(await devkitSynsets(namesTree(["a"])), undefined);
});

Deno.test("imagenet: 1.3 million names are listed within a few seconds", async () => {
  const names: string[] = [];
  for (let c = 0; c < 1000; c++) {
    const synset = `n0${1440764 + c}`;
    for (let k = 0; k < 1300; k++) names.push(`train/${synset}/${synset}_${10000 + k}.JPEG`);
  }
  const tree = { ...namesTree([]), names };
  const { splits, classes } = await imagenet.list(tree);
  deepStrictEqual([splits.train.length, classes.length], [1_300_000, 1000]);
  strictEqual(splits.train[0].labels, splits.train[1].labels); // one list a class, not one an image
});

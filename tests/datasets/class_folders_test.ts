import { deepStrictEqual, ok, strictEqual, throws } from "node:assert/strict";
import { Problem } from "../../lib/base/problem.ts";
import { classFolders } from "../../lib/datasets/class_folders.ts";
import { namesTree } from "./memory_tree.ts";

/** Classes, `id: class` of each image by split (`id` where it has none), and `name: reason`. */
async function listed(names: string[]) {
  const { classes, splits, skipped } = await classFolders.list(namesTree(names));
  const show = ({ id, labels }: { id: string; labels: number[] }) =>
    [id, ...labels.map((label) => classes[label])].join(": ");
  return {
    classes,
    splits: Object.fromEntries(Object.entries(splits).map(([name, of]) => [name, of.map(show)])),
    skipped: skipped.map(({ name, reason }) => `${name}: ${reason}`),
  };
}

Deno.test("class folders: a folder is a class, with the folders in it", async () => {
  const names = ["dog/b.png", "dog/a.png", "cat/2020/may/x.jpg", "cat/z", "cat/2020/notes.TXT"];
  deepStrictEqual(await listed(names), {
    classes: ["cat", "dog"],
    splits: {
      train: ["cat/2020/may/x.jpg: cat", "cat/z: cat", "dog/a.png: dog", "dog/b.png: dog"],
    },
    skipped: ["cat/2020/notes.TXT: no image, by its extension"],
  });
});

Deno.test("class folders: file is the index in the tree, whatever is skipped", async () => {
  const tree = namesTree(["README.md", "a/1.jpg", "b/1.txt", "b/2.jpg", "c.jpg"]);
  const { splits } = await classFolders.list(tree);
  deepStrictEqual(splits.train.map(({ id, file }) => [id, tree.names[file]]), [
    ["a/1.jpg", "a/1.jpg"],
    ["b/2.jpg", "b/2.jpg"],
  ]);
});

Deno.test("class folders: splits by any of their names, classes of all together", async () => {
  const names = [
    ...["Training/cat/1.jpg", "Training/cat/deep/2.jpg", "valid/dog/3.jpg", "testing/emu/4.jpg"],
    ...["unlabelled/any/5.jpg", "unlabelled/6.jpg"],
  ];
  deepStrictEqual(await listed(names), {
    classes: ["cat", "dog", "emu"],
    splits: {
      train: ["Training/cat/1.jpg: cat", "Training/cat/deep/2.jpg: cat"],
      val: ["valid/dog/3.jpg: dog"],
      test: ["testing/emu/4.jpg: emu"],
      unlabeled: ["unlabelled/6.jpg", "unlabelled/any/5.jpg"],
    },
    skipped: [],
  });
});

Deno.test("class folders: val and validation are one split; train alone is one", async () => {
  const { splits } = await listed(["val/a/1.jpg", "validation/a/1.jpg"]);
  deepStrictEqual(splits, { val: ["val/a/1.jpg: a", "validation/a/1.jpg: a"] });
  deepStrictEqual((await listed(["train/a/1.jpg", "train/b/1.jpg"])).classes, ["a", "b"]);
});

Deno.test("class folders: a folder called test among classes is a class", async () => {
  const { classes, splits } = await listed(["test/1.jpg", "exam/1.jpg"]);
  deepStrictEqual([classes, Object.keys(splits)], [["exam", "test"], ["train"]]);
});

Deno.test("class folders: a split without folders has no labels", async () => {
  const { classes, splits } = await listed(["train/a/1.jpg", "test/1.jpg", "test/2.jpg"]);
  deepStrictEqual(classes, ["a"]);
  deepStrictEqual(splits, { train: ["train/a/1.jpg: a"], test: ["test/1.jpg", "test/2.jpg"] });
});

Deno.test("class folders: folders around everything are passed by", async () => {
  const inner = ["cat/1.jpg", "dog/2.jpg"];
  const plain = await listed(inner);
  const wrapped = ["photos/cat/1.jpg", "photos/dog/2.jpg"];
  deepStrictEqual(await listed(wrapped), plain);
  deepStrictEqual(await listed(wrapped.map((name) => `home/my/${name}`)), plain);
  const { splits, skipped } = await listed(["README.txt", "set/index.csv", "set/train/cat/1.jpg"]);
  deepStrictEqual(splits, { train: ["train/cat/1.jpg: cat"] });
  strictEqual(skipped.length, 2);
});

Deno.test("class folders: one class is a class, in whatever folder", async () => {
  for (const names of [["cat/1.jpg", "cat/2.jpg"], ["my/photos/cat/1.jpg"], ["train/cat/1.jpg"]]) {
    deepStrictEqual((await listed(names)).classes, ["cat"], names[0]);
  }
  const nested = await listed(["cat/1.jpg", "cat/more/2.jpg"]);
  deepStrictEqual(nested.splits, { train: ["cat/1.jpg: cat", "cat/more/2.jpg: cat"] });
});

Deno.test("class folders: files beside the folders are skipped, in a wrapping folder too", async () => {
  const reason = "beside the folders of the classes";
  const names = ["cat/1.jpg", "dog/2.jpg", "stray.jpg"];
  deepStrictEqual((await listed(names)).skipped, [`stray.jpg: ${reason}`]);
  const wrapped = await listed(names.map((name) => `set/${name}`));
  deepStrictEqual(wrapped.classes, ["cat", "dog"]);
  deepStrictEqual(wrapped.skipped, [`set/stray.jpg: ${reason}`]);
  const splits = await listed(["train/cat/1.jpg", "train/stray.jpg", "stray.jpg"]);
  deepStrictEqual(splits.skipped, [
    "stray.jpg: beside the folders of the splits",
    `train/stray.jpg: ${reason}`,
  ]);
  const alone = await listed(["set/stray.jpg", "set/train/cat/1.jpg"]);
  deepStrictEqual(alone.splits, { train: ["train/cat/1.jpg: cat"] });
});

Deno.test("class folders: images in no folder are unlabeled", async () => {
  const wanted = { classes: [], splits: { unlabeled: ["1.jpg", "2.png"] }, skipped: [] };
  deepStrictEqual(await listed(["2.png", "1.jpg"]), wanted);
});

Deno.test("class folders: every file is listed or skipped", async () => {
  const names = ["a.jpg", "b/c.jpg", "b/d.txt", "b/e/f", "g/h.xml", "train/i.jpg", "train/j/k.jpg"];
  const { splits, skipped } = await listed(names);
  strictEqual(Object.values(splits).flat().length + skipped.length, names.length);
});

Deno.test("class folders: classes need sound names no more than objects do", async () => {
  const { classes, splits } = await listed(["__proto__/1.jpg", "constructor/2.jpg"]);
  deepStrictEqual(classes, ["__proto__", "constructor"]);
  deepStrictEqual(splits.train, ["__proto__/1.jpg: __proto__", "constructor/2.jpg: constructor"]);
});

Deno.test("class folders: recognised by an image, refused without any file that may be one", () => {
  ok(classFolders.recognises(namesTree(["a/b/c.JPeG"])));
  ok(!classFolders.recognises(namesTree(["a/b.bin", "c.jpg.txt"])));
  throws(
    () => classFolders.list(namesTree(["a/b.txt"])),
    new Problem(
      "no images in archive: give one folder of images for each class",
    ),
  );
});

import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { tinyImagenet } from "../../lib/datasets/tiny_imagenet.ts";
import { memoryTree, namesTree } from "./memory_tree.ts";
import { refused } from "./refused.ts";

const files: Record<string, string> = {
  "wnids.txt": "n02124075\nn01443537\n",
  "words.txt": "n01443537\tgoldfish, Carassius auratus\nn02124075\tEgyptian cat\nn00000001\tnone\n",
  "train/n01443537/n01443537_boxes.txt": "n01443537_0.JPEG\t0\t10\t63\t58\n",
  "train/n01443537/images/n01443537_0.JPEG": "",
  "train/n01443537/images/n01443537_1.JPEG": "",
  "train/n02124075/n02124075_boxes.txt": "n02124075_7.JPEG\t5\t6\t5\t6\n",
  "train/n02124075/images/n02124075_7.JPEG": "",
  "val/images/val_0.JPEG": "",
  "val/images/val_12.JPEG": "",
  "val/val_annotations.txt":
    "val_12.JPEG\tn02124075\t1\t2\t30\t40\nval_0.JPEG\tn01443537\t0\t0\t63\t63\n",
  "test/images/test_0.JPEG": "",
};

const within = (home: string, of: Record<string, string | undefined>) =>
  memoryTree(Object.fromEntries(
    Object.entries(of).flatMap(([name, content]) =>
      content === undefined ? [] : [[home + name, content]]
    ),
  ));

const box = (x: number, y: number, width: number, height: number, label: number) => ({
  boxes: [{ x, y, width, height, label }],
});

Deno.test("tiny-imagenet: the official layout, boxes to their last pixel", async () => {
  for (const home of ["", "tiny-imagenet-200/", "train/data/tiny/"]) {
    const tree = within(home, files);
    ok(tinyImagenet.recognises(tree));
    const { classes, splits, skipped } = await tinyImagenet.list(tree);
    deepStrictEqual(classes, ["n01443537 goldfish", "n02124075 Egyptian cat"]);
    const read = Object.entries(splits).map(([split, images]) => [
      split,
      images.map(({ file, ...image }) => {
        strictEqual(tree.names[file], home + image.id);
        return image;
      }),
    ]);
    const train = "train/n01443537/images/n01443537_";
    deepStrictEqual(Object.fromEntries(read), {
      train: [
        { id: `${train}0.JPEG`, labels: [0], ...box(0, 10, 64, 49, 0) },
        { id: `${train}1.JPEG`, labels: [0] },
        { id: "train/n02124075/images/n02124075_7.JPEG", labels: [1], ...box(5, 6, 1, 1, 1) },
      ],
      val: [
        { id: "val/images/val_0.JPEG", labels: [0], ...box(0, 0, 64, 64, 0) },
        { id: "val/images/val_12.JPEG", labels: [1], ...box(1, 2, 30, 39, 1) },
      ],
      test: [{ id: "test/images/test_0.JPEG", labels: [] }],
    });
    deepStrictEqual(skipped, []);
  }
});

Deno.test("tiny-imagenet: works without words, wnids, boxes, val and test", async () => {
  const images = Object.entries(files).filter(([name]) => /^train.*images/.test(name));
  const { classes, splits } = await tinyImagenet.list(within("", Object.fromEntries(images)));
  deepStrictEqual(classes, ["n01443537", "n02124075"]);
  deepStrictEqual(splits.train.map(({ labels, boxes }) => [labels, boxes]), [
    [[0], undefined],
    [[0], undefined],
    [[1], undefined],
  ]);
});

Deno.test("tiny-imagenet: images of synsets that wnids.txt does not name are reported", async () => {
  const { classes, splits, skipped } = await tinyImagenet.list(
    within("", { ...files, "wnids.txt": "n02124075" }),
  );
  deepStrictEqual(classes, ["n02124075 Egyptian cat"]);
  deepStrictEqual([splits.train.length, splits.val.length], [1, 1]);
  const reason = "its synset n01443537 is not in wnids.txt";
  deepStrictEqual(skipped.map((s) => s.reason), [reason, reason, reason]);
});

Deno.test("tiny-imagenet: images and annotations without each other are reported", async () => {
  const changed = {
    ...files,
    "val/images/val_0.JPEG": undefined,
    "val/images/val_1.JPEG": "",
    "train/n02124075/images/n02124075_7.JPEG": undefined,
    "train/n02124075/images/n02124075_8.JPEG": "",
    "train/stray.JPEG": "",
  };
  const { splits, skipped } = await tinyImagenet.list(within("t/", changed));
  deepStrictEqual(splits.val.map(({ id }) => id), ["val/images/val_12.JPEG"]);
  deepStrictEqual(skipped, [
    { name: "t/train/stray.JPEG", reason: "not in train/SYNSET/images" },
    {
      name: "t/train/n02124075/images/n02124075_7.JPEG",
      reason: "in n02124075_boxes.txt, but not there",
    },
    { name: "t/val/images/val_1.JPEG", reason: "not in val_annotations.txt" },
    { name: "t/val/images/val_0.JPEG", reason: "in val_annotations.txt, but not there" },
  ]);
});

Deno.test("tiny-imagenet: a broken table is refused by name and line", async () => {
  const table = "val/val_annotations.txt";
  const lines = [
    "val_12.JPEG\tn02124075\t1\t2\t30", // too few
    "val_12.JPEG\tn02124075\t1\t2\t30\t40\t50",
    "val_12.JPEG\tn02124075\t1\t2\t0\t40", // no width
    "val_12.JPEG\tn02124075\t-1\t2\t30\t40",
    "val_12.JPEG\tn02124075\t1\t2\t1e999\t40",
    "val_12.JPEG\tn02124075\t1\ttwo\t30\t40",
    "val_0.JPEG\tn01443537\t0\t0\t63\t63", // again
    "",
  ];
  for (const line of lines) {
    const content = `val_0.JPEG\tn01443537\t0\t0\t63\t63\n${line}\nx`;
    const tree = within("", { ...files, [table]: content });
    await refused(
      tinyImagenet,
      tree,
      /val\/val_annotations.txt, line 2: ".*": each image once, as/,
    );
  }
  const boxes = { ...files, "train/n01443537/n01443537_boxes.txt": "n01443537_0.JPEG 1 2 3" };
  await refused(tinyImagenet, within("", boxes), /n01443537_boxes.txt, line 1/);
});

Deno.test("tiny-imagenet: validation images without their table are refused", async () => {
  const tree = within("t/", { ...files, "val/val_annotations.txt": undefined });
  await refused(tinyImagenet, tree, /has no t\/val\/val_annotations.txt, which tells classes: add/);
  await refused(tinyImagenet, namesTree(["a/b.jpg"]), /has no train\/n01443537\/images: give/);
});

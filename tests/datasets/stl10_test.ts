import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { stl10 } from "../../lib/datasets/stl10.ts";
import { memoryTree, namesTree } from "./memory_tree.ts";
import { rawSplits } from "./raw_pixels.ts";
import { refused } from "./refused.ts";
import { vectors } from "./source_vectors.ts";

const { files, classes, splits } = vectors.sets.stl10;
const home = "stl10_binary/";

Deno.test("stl10: labels and pixels are torchvision's", async () => {
  const tree = memoryTree(files);
  ok(stl10.recognises(tree));
  const listing = await stl10.list(tree);
  deepStrictEqual(listing.classes, classes);
  deepStrictEqual(rawSplits(listing, tree, files), splits);
  strictEqual(listing.splits.unlabeled[1].id, "unlabeled_X/00001");
});

Deno.test("stl10: images are not read to be listed", async () => {
  const reads: string[] = [];
  await stl10.list(memoryTree(files, reads));
  deepStrictEqual(reads, ["class_names.txt", "train_y.bin", "test_y.bin"].map((n) => home + n));
});

Deno.test("stl10: 100,000 unlabeled images have ids that sort", async () => {
  const tree = memoryTree({ "class_names.txt": "a\nb", "unlabeled_X.bin": "" });
  const { splits } = await stl10.list({ ...tree, size: () => 100_001 * 27648 });
  const { length, 0: first, [length - 1]: last } = splits.unlabeled;
  deepStrictEqual([length, first.id, last.id], [
    100_001,
    "unlabeled_X/000000",
    "unlabeled_X/100000",
  ]);
  strictEqual(last.raw!.offset, 100_000 * 27648); // beyond 2^31
});

Deno.test("stl10: parts of the set are a set", async () => {
  const { [`${home}unlabeled_X.bin`]: _, ...labelled } = files;
  deepStrictEqual(Object.keys((await stl10.list(memoryTree(labelled))).splits), ["train", "test"]);
});

Deno.test("stl10: labels that are missing, too few or out of range are refused", async () => {
  const y = `${home}train_y.bin`;
  const { [y]: _, ...without } = files;
  await refused(stl10, memoryTree(without), /has no stl10_binary\/train_y.bin/);
  const given = (...labels: number[]) => memoryTree({ ...files, [y]: new Uint8Array(labels) });
  await refused(stl10, given(1), /train_y.bin has 1 labels for 2 images/);
  for (const label of [0, 4]) {
    const message = `train_y.bin: record 1 has label ${label}, but the 3 classes are 1 to 3`;
    await refused(stl10, given(1, label), new RegExp(message));
  }
});

Deno.test("stl10: broken and missing files are refused by name", async () => {
  const x = `${home}unlabeled_X.bin`;
  const cut = memoryTree({ ...files, [x]: files[x].slice(0, -1) });
  await refused(stl10, cut, /unlabeled_X.bin ends within record 1: 55295 bytes/);
  const { [`${home}class_names.txt`]: _, ...unnamed } = files;
  await refused(stl10, memoryTree(unnamed), /has no stl10_binary\/class_names.txt/);
  await refused(stl10, namesTree(["a.jpg"]), /has no train_X.bin: give stl10_binary.tar.gz/);
});

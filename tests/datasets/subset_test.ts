import { deepStrictEqual, notStrictEqual, strictEqual } from "node:assert/strict";
import type { Dataset } from "../../lib/datasets/dataset.ts";
import { subset } from "../../lib/datasets/subset.ts";
import { toyDataset } from "../pairs/toy_dataset.ts";

const several = [[0, 2], [1], [], [2, 1]];
const box = { x: 0, y: 0, width: 1, height: 1 };
const dataset: Dataset = {
  ...toyDataset([2, 1, 1]),
  contentHash: "content",
  label: (i) => several[i][0] ?? -1,
  labels: (i) => several[i],
  id: (i) => `image ${i}`,
  boxes: (i) => several[i].map((label) => ({ ...box, label })),
  stream: {
    extent: (i) => ({ height: i, width: i }),
    read: (i) =>
      Promise.resolve({ jpeg: Uint8Array.of(i), frame: { top: 0, left: 0, height: i, width: i } }),
  },
};

Deno.test("subset: everything of the chosen images, in their order", async () => {
  const part = subset(dataset, [3, 0], { name: "part" });
  strictEqual(part.length, 2);
  strictEqual(part.name, "toys, part");
  deepStrictEqual([0, 1].map((i) => part.id!(i)), ["image 3", "image 0"]);
  deepStrictEqual([0, 1].map((i) => part.labels!(i)), [[2, 1], [0, 2]]);
  deepStrictEqual([0, 1].map(part.label), [2, 0]);
  deepStrictEqual(part.factors!(0), dataset.factors!(3));
  deepStrictEqual(part.stream!.extent(0), { height: 3, width: 3 });
  deepStrictEqual((await part.stream!.read(1)).jpeg, Uint8Array.of(0));
});

Deno.test("subset: of fewer classes labels are counted anew, in boxes too", () => {
  const part = subset(dataset, [0, 1, 2, 3], { name: "two", classes: ["class 2", "class 1"] });
  deepStrictEqual([0, 1, 2, 3].map((i) => part.labels!(i)), [[0], [1], [], [0, 1]]);
  deepStrictEqual([0, 1, 2, 3].map(part.label), [0, 1, -1, 0]);
  deepStrictEqual(part.boxes!(0), [{ ...box, label: 0 }]);
});

Deno.test("subset: the hash is that of set, images, order and classes", () => {
  const hash = (indices: number[], classes?: string[]) =>
    subset(dataset, indices, { name: "x", classes }).hash;
  strictEqual(hash([0, 1]), subset(dataset, Int32Array.of(0, 1), { name: "other name" }).hash);
  const others = [hash([1, 0]), hash([0]), hash([0, 1], ["class 0"]), dataset.hash];
  for (const other of others) notStrictEqual(hash([0, 1]), other);
  notStrictEqual(subset({ ...dataset, hash: "other" }, [0, 1], { name: "x" }).hash, hash([0, 1]));
});

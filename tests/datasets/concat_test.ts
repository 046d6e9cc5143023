import { deepStrictEqual, notStrictEqual, strictEqual, throws } from "node:assert/strict";
import { Problem } from "../../lib/base/problem.ts";
import { concat } from "../../lib/datasets/concat.ts";
import type { Dataset } from "../../lib/datasets/dataset.ts";

/** Images of one pixel whose bytes are their number. */
const set = (name: string, length: number, more: Partial<Dataset> = {}): Dataset => ({
  name,
  classes: ["a", "b"],
  length,
  hash: name,
  image: (i) => ({ data: new Uint8Array(3).fill(i), height: 1, width: 1 }),
  label: (i) => i % 2,
  ...more,
});

Deno.test("concat: images follow one set after the other, with what all of them know", () => {
  const boxes = (i: number) => [{ x: i, y: 0, width: 1, height: 1, label: 0 }];
  const both = concat("both", [
    set("train", 2, { boxes, id: (i) => `train/${i}` }),
    set("val", 3, { boxes }),
  ]);
  strictEqual(both.length, 5);
  deepStrictEqual([0, 1, 2, 3, 4].map((i) => both.image(i).data[0]), [0, 1, 0, 1, 2]);
  deepStrictEqual([0, 1, 2, 3, 4].map((i) => both.label(i)), [0, 1, 0, 1, 0]);
  deepStrictEqual(both.boxes!(4), boxes(2));
  strictEqual(both.id, undefined);
});

Deno.test("concat: the order of the sets is part of the hash", () => {
  const [a, b] = [set("a", 1), set("b", 1)];
  notStrictEqual(concat("x", [a, b]).hash, concat("x", [b, a]).hash);
});

Deno.test("concat: other classes, and sets of which one is streamed, are refused", () => {
  const other = set("other", 1, { classes: ["a", "c"] });
  throws(() => concat("x", [set("a", 1), other]), isProblem(/other has other classes than a/));
  const stream = { extent: () => ({ height: 1, width: 1 }), read: () => Promise.reject() };
  throws(() => concat("x", [set("a", 1), set("b", 1, { stream })]), isProblem(/streamed/));
});

const isProblem = (text: RegExp) => (error: Error) =>
  error instanceof Problem && text.test(error.message);

import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { intersection, overlap } from "../../lib/evaluation/box_overlap.ts";
import { square } from "./detected.ts";

Deno.test("overlap: boxes apart, side by side, above one another, or without area share nothing", () => {
  const empty = { ...square, width: 0, height: 0 };
  const others = [
    ...[{ x: 15 }, { x: 40 }, { x: -40 }, { y: 15 }, { y: 40 }, { x: 40, y: 40 }],
    ...[{ width: 0 }, { height: 0 }, empty],
  ].map((place) => ({ ...square, ...place }));
  for (const other of others) {
    for (const [a, b] of [[square, other], [other, square], [empty, other]]) {
      strictEqual(intersection(a, b), 0);
      strictEqual(overlap(a, b), 0);
    }
  }
});

Deno.test("overlap: within, across, equal; in either order", () => {
  const within = { ...square, x: 7, width: 5, height: 2 };
  const across = { ...square, y: 8, x: 0, width: 30, height: 4 };
  for (const [a, b] of [[square, within], [within, square]]) strictEqual(overlap(a, b), 0.1);
  for (const [a, b] of [[square, across], [across, square]]) strictEqual(overlap(a, b), 40 / 180);
  deepStrictEqual([intersection(square, square), overlap(square, square)], [100, 1]);
});

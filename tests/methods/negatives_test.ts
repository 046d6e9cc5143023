import { deepStrictEqual } from "node:assert/strict";
import { tf } from "../../lib/engine/mod.ts";
import { sameClass, sameClassRate, shiftedIdentity } from "../../lib/methods/negatives.ts";
import { close } from "../vectors/inputs.ts";

const classes = (labels: number[]) => tf.tensor1d(labels, "int32");

Deno.test("sameClass compares every label with every other", async () => {
  const matrix = sameClass(classes([0, 2]), classes([2, -1, 0]));
  deepStrictEqual(await matrix.array(), [[0, 0, 1], [1, 0, 0]]);
});

Deno.test("sameClassRate equals the count over ordered pairs of pairs", async () => {
  for (const labels of [[0, 1, 0, 2, 1, 0, 2, 3], [4, 4, 4], [0, 1, 2], [5]]) {
    let same = 0, all = 0;
    labels.forEach((mine, i) =>
      labels.forEach((theirs, j) => {
        if (i === j) return;
        all++;
        if (mine === theirs) same++;
      })
    );
    close(await sameClassRate(classes(labels)).data(), [all ? same / all : 0], 1e-6, `${labels}`);
  }
});

Deno.test("shiftedIdentity has its ones in column (i + shift) mod m", async () => {
  deepStrictEqual(await shiftedIdentity(2, 3).array(), [[1, 0, 0], [0, 1, 0]]);
  deepStrictEqual(await shiftedIdentity(3, 3, 2).array(), [[0, 0, 1], [1, 0, 0], [0, 1, 0]]);
});

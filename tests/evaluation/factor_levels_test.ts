import { deepStrictEqual, ok, strictEqual, throws } from "node:assert/strict";
import { Problem } from "../../lib/base/problem.ts";
import { factorColumns, levelsOf } from "../../lib/evaluation/factor_levels.ts";
import { toyDataset } from "../pairs/toy_dataset.ts";

Deno.test("levelsOf: names and few numbers are levels, sorted, whatever column they come from", () => {
  const { names, of } = levelsOf([10, 2, 2], [3]);
  deepStrictEqual(names, ["2", "3", "10"]);
  deepStrictEqual([...of([2, 3, 10])], [0, 1, 2]);
  const mixed = levelsOf(["1", 1, "b"]); // a number and its text are two levels
  strictEqual(new Set(mixed.of(["1", 1, "b"])).size, 3);
});

Deno.test("levelsOf: where most numbers are one value, the others are still apart from it", () => {
  const column = Array.from({ length: 100 }, (_, i) => i < 70 ? 0 : i);
  const { names, of } = levelsOf(column);
  const levels = of(column);
  strictEqual(names.length, new Set(levels).size);
  deepStrictEqual([levels[0], levels[69]], [0, 0]);
  ok(levels.subarray(70).every((level) => level > 0));
});

Deno.test("levelsOf: many numbers are fifths of the first column, equally many in each", () => {
  const numbers = Array.from({ length: 100 }, (_, i) => (37 * i) % 100);
  const { names, of } = levelsOf(numbers, [1e9]);
  deepStrictEqual(names, ["below 20", "20 … 40", "40 … 60", "60 … 80", "from 80"]);
  deepStrictEqual([...of([-5, 0, 19.9, 20, 59, 99, 1e9])], [0, 0, 0, 1, 2, 4, 4]);
  const levels = of(numbers);
  for (let fifth = 0; fifth < 5; fifth++) {
    strictEqual(levels.filter((level) => level === fifth).length, 20);
  }
});

Deno.test("levelsOf: a row without a value is a Problem", () => {
  for (const value of [undefined, null, NaN, Infinity]) {
    throws(
      () => levelsOf(["a", value as unknown as string]),
      (error: Error) => error instanceof Problem && /row 1 of a factor/.test(error.message),
    );
  }
});

Deno.test("factorColumns: every factor and the concept, of the images that are asked for", () => {
  const given = {
    ...toyDataset([2, 2]),
    classes: ["cat", "dog"],
    factors: (i: number) => ({ artist: `artist ${i % 2}`, light: i / 4 }),
  };
  deepStrictEqual(factorColumns(given, [3, 0]), {
    artist: ["artist 1", "artist 0"],
    light: [0.75, 0],
    concept: [given.classes[given.label(3)], given.classes[given.label(0)]],
  });
  strictEqual(factorColumns(given).light.length, given.length);
  deepStrictEqual(Object.keys(factorColumns({ ...given, factors: undefined })), ["concept"]);
  deepStrictEqual(Object.keys(factorColumns({ ...given, label: () => -1 })), ["artist", "light"]);
  const lacking = { ...given, factors: (i: number) => i === 2 ? {} : { artist: "noto" } };
  throws(
    () => factorColumns(lacking as unknown as typeof given),
    (error: Error) => error instanceof Problem && /image 2 has no artist/.test(error.message),
  );
});

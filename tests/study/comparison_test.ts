import { deepStrictEqual, ok, strictEqual, throws } from "node:assert/strict";
import { Problem } from "../../lib/base/problem.ts";
import { compareArms, type Observation, withFloors } from "../../lib/study/comparison.ts";

const row = (
  arm: Observation["arm"],
  seed: number,
  value: number,
  more: Partial<Observation> = {},
): Observation => ({
  ...{ method: "SimCLR", family: "contrastive", arm, seed, subject: "cats", measure: "AP", value },
  ...more,
});
const rows = [
  ...[row("untrained", 1, 1), row("untrained", 2, 3)].map((r) => (
    { ...r, method: "untrained", family: "none" as const }
  )),
  ...[row("semantic", 2, 14), row("semantic", 1, 11)],
  ...[row("augmented", 1, 10), row("augmented", 2, 12)],
];

Deno.test("compareArms pairs the arms by seed, whatever the order of the rows", () => {
  const [found, ...more] = compareArms(rows);
  strictEqual(more.length, 0);
  deepStrictEqual(found.seeds, [1, 2]);
  deepStrictEqual(found.differences, [1, 2]);
  deepStrictEqual([found.augmented, found.semantic, found.untrained], [11, 12.5, 2]);
  strictEqual(found.mean, 1.5);
  ok(found.low < 1.5 && 1.5 < found.high);
});

Deno.test("compareArms keeps subjects and measures apart; without an untrained one the floor is null", () => {
  const other = rows.slice(2).map((r) => ({ ...r, subject: "dogs" }));
  const found = compareArms([...rows, ...other]);
  deepStrictEqual(found.map(({ subject, untrained }) => [subject, untrained]), [
    ["cats", 2],
    ["dogs", null],
  ]);
});

Deno.test("compareArms: an observation without its partner, or there twice, is named", () => {
  throws(
    () => compareArms(rows.filter(({ arm, seed }) => arm !== "augmented" || seed !== 2)),
    (error: Error) =>
      error instanceof Problem &&
      /SimCLR, cats, AP: 0 augmented runs of seed 2/.test(error.message),
  );
  throws(() => compareArms([...rows, row("semantic", 1, 5)]), /2 semantic runs of seed 1/);
});

Deno.test("compareArms: what is not defined for one backbone is not compared", () => {
  const undefinedOnce = rows.map((r) => ({
    ...r,
    measure: "cosine",
    value: r.arm === "semantic" && r.seed === 2 ? NaN : r.value,
  }));
  deepStrictEqual(compareArms([...rows, ...undefinedOnce]), compareArms(rows));
});

Deno.test("withFloors: the untrained backbone stands under the name of every method", () => {
  const byol = rows.slice(2).map((r) => ({ ...r, method: "BYOL", family: "asymmetric" as const }));
  const found = withFloors([...rows, ...byol]);
  deepStrictEqual(
    found.filter(({ arm }) => arm === "untrained").map(({ method, seed }) => `${method} ${seed}`),
    ["SimCLR 1", "SimCLR 2", "BYOL 1", "BYOL 2"],
  );
  strictEqual(found.length, 2 * 6);
});

import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { silent } from "../../../lib/base/progress.ts";
import { format, rateRow } from "./report.ts";
import { inTurn, summary } from "./rounds.ts";

Deno.test("inTurn measures all cases in each round, then says median and range", async () => {
  const calls: string[] = [];
  const values = { a: [3, 1, 2], b: [10, 30, 20] };
  const measure = (name: "a" | "b") => () => {
    calls.push(name);
    return Promise.resolve(values[name][(calls.length - 1) >> 1]);
  };
  const cases = { a: measure("a"), b: measure("b") };
  deepStrictEqual(await inTurn(cases, { rounds: 3, progress: silent }), {
    a: { median: 2, low: 1, high: 3 },
    b: { median: 20, low: 10, high: 30 },
  });
  deepStrictEqual(calls, ["a", "b", "a", "b", "a", "b"]);
});

Deno.test("summary: the median of an even number is between the middle two", () => {
  deepStrictEqual(summary([4, 1, 3, 2]), { median: 2.5, low: 1, high: 4 });
});

Deno.test("format: one JSON object a line, a ratio above 1 where ours is faster", () => {
  const row = { bench: "engine", case: "step", unit: "views/s", ours: 300 };
  const rows = [rateRow({ ...row, peer: 200 }), rateRow({ ...row, peer: null })];
  deepStrictEqual(format(rows, { json: true }).split("\n").map((line) => JSON.parse(line)), [
    { ...row, peer: 200, ratio: 1.5 },
    { ...row, peer: null, ratio: null },
  ]);
});

Deno.test("format: a table with a dash where the peer is absent", () => {
  const row = { bench: "engine", case: "step", unit: "views/s", ours: 1234.5, peer: null };
  strictEqual(
    format([rateRow(row)], { json: false }),
    "case     unit  ours  peer  ratio\n" +
      "step  views/s  1230     -      -",
  );
});

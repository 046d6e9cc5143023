import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { silent } from "../../../lib/base/progress.ts";
import { thisMachine } from "../../../lib/study/run_cell.ts";
import { floatingPointOperations } from "./operations.ts";
import { format, medianRow, rateRow } from "./report.ts";
import { inTurn, summary } from "./rounds.ts";
import { stepsPerSecond, warmUp } from "./steps.ts";

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
  const machine = thisMachine().hardware;
  deepStrictEqual(format(rows, { json: true }).split("\n").map((line) => JSON.parse(line)), [
    { ...row, peer: 200, ratio: 1.5, machine },
    { ...row, peer: null, ratio: null, machine },
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

Deno.test("medianRow: the median ratio is that of the methods, not that of the medians", () => {
  const row = { bench: "methods", case: "", unit: "steps/s" };
  const rows = [[8, 4], [2, 1], [9, 10], [100, null]].map(([ours, peer]) =>
    rateRow({ ...row, ours: ours!, peer })
  );
  const all = { ...row, case: "all" };
  deepStrictEqual(medianRow("all", rows), { ...all, ours: 8, peer: 4, ratio: 2 });
  deepStrictEqual(medianRow("all", rows.slice(3)), { ...all, ours: 100, peer: null, ratio: null });
});

Deno.test("warmUp says each one's first loss; stepsPerSecond counts only what it times", async () => {
  const counts: number[] = [];
  const steps = (count: number) => {
    counts.push(count);
    return Promise.resolve({ seconds: 0.5 * count, loss: counts.length });
  };
  deepStrictEqual(await warmUp({ steps }, silent), { steps: 1 });
  strictEqual(await stepsPerSecond({ steps }, 4).steps(), 2);
  deepStrictEqual(counts, [1, 2, 4]);
});

Deno.test("operations: two for each weight that an output meets, however it is computed", () => {
  const [n, side, inputs, outputs] = [8, 16, 3, 5];
  const [x, y] = [[n, side, side, inputs], [n, side, side, outputs]];
  const kernel = [3, 3, inputs, outputs];
  const expected = 2 * n * side * side * outputs * 9 * inputs;
  const chunks = (shape: number[]) => [2, n / 2, ...shape.slice(1)];
  const same = [
    { name: "Conv2D", inputs: [x, kernel], output: y },
    { name: "Conv2DBackpropInput", inputs: [[4], kernel, y], output: x },
    { name: "Conv2DBackpropFilter", inputs: [x, [4], y], output: kernel },
    { name: "MapDefun", inputs: [chunks(x), [36, inputs, outputs]], output: chunks(y) },
    { name: "MapDefun", inputs: [chunks(x), chunks(y)], output: [2, ...kernel] },
  ];
  for (const operation of same) strictEqual(floatingPointOperations(operation), expected);
  const product = { name: "BatchMatMulV2", output: [1, 4, 6] };
  for (const first of [[1, 4, 7], [1, 7, 4]]) {
    strictEqual(floatingPointOperations({ ...product, inputs: [first, [1, 7, 6]] }), 2 * 4 * 7 * 6);
  }
  strictEqual(floatingPointOperations({ name: "Relu", inputs: [x], output: x }), 0);
});

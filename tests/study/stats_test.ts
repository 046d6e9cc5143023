import { deepStrictEqual, ok, strictEqual, throws } from "node:assert/strict";
import { prng } from "../../lib/base/prng.ts";
import {
  bootstrapGain,
  holm,
  pairedDifference,
  seedsNeeded,
  verdict,
} from "../../lib/study/stats.ts";
import vectors from "../vectors/stats.json" with { type: "json" };

const near = (x: number, y: number, name: string) =>
  ok(Math.abs(x - y) <= 1e-9 * Math.max(1, Math.abs(y)), `${name}: ${x} is not ${y}`);

Deno.test("pairedDifference equals scipy's paired t test and interval", () => {
  for (const { a, b, ...expected } of vectors.paired) {
    const ours = pairedDifference(a, b);
    strictEqual(ours.n, a.length);
    for (const name of ["mean", "low", "high", "p", "dz"] as const) {
      near(ours[name], expected[name], `n = ${a.length}, ${name}`);
    }
  }
});

Deno.test("pairedDifference of splits drawn anew equals the corrected resampled t test", () => {
  for (const { a, b, testToTrain, ...expected } of vectors.redrawn) {
    const ours = pairedDifference(a, b, { testToTrain });
    for (const name of ["low", "high", "p"] as const) near(ours[name], expected[name], name);
    const independent = pairedDifference(a, b);
    ok(ours.high > independent.high && ours.p > independent.p);
  }
});

Deno.test("pairedDifference changes sign with the arms and ignores what both share", () => {
  const [a, b] = [[1, 5, 2], [4, 6, 7]];
  const [forth, back] = [pairedDifference(a, b), pairedDifference(b, a)];
  near(back.mean, -forth.mean, "mean");
  near(back.low, -forth.high, "interval");
  near(back.p, forth.p, "p");
  const shifted = pairedDifference([11, 105, 2], [14, 106, 7]); // each seed has a level of its own
  near(shifted.low, forth.low, "low");
});

Deno.test("pairedDifference at its limits", () => {
  const single = pairedDifference([1], [3]);
  deepStrictEqual([single.mean, single.low, single.high, single.p], [2, -Infinity, Infinity, 1]);
  strictEqual(pairedDifference([1, 2], [1, 2]).p, 1);
  strictEqual(pairedDifference([29.1, 30.4], [32.1, 33.4]).p, 1, "equal but for rounding");
  strictEqual(pairedDifference([29.1, 30.4], [32.1, 33.4]).high, Infinity);
  throws(() => pairedDifference([1], [1, 2]), RangeError);
  throws(() => pairedDifference([], []), RangeError);
});

Deno.test("holm equals the reference, in any order", () => {
  for (const { p, adjusted } of vectors.holm) {
    holm(p).forEach((value, i) => near(value, adjusted[i], `holm ${i} of ${p.length}`));
    const reversed = holm(p.toReversed());
    reversed.toReversed().forEach((value, i) => near(value, adjusted[i], `reversed ${i}`));
  }
});

Deno.test("verdict follows the corrected p and the sign", () => {
  strictEqual(verdict(2, 0.049), "supported");
  strictEqual(verdict(-2, 0.049), "contradicted");
  strictEqual(verdict(2, 0.05), "not shown");
  strictEqual(verdict(2, NaN), "not shown");
});

Deno.test("seedsNeeded equals counting up with scipy's quantiles", () => {
  for (const { n, ...asked } of vectors.seedsNeeded) strictEqual(seedsNeeded(asked), n);
  strictEqual(seedsNeeded({ sd: NaN, halfWidth: 1 }), Infinity);
  strictEqual(seedsNeeded({ sd: 1, halfWidth: 0 }), Infinity);
  ok(seedsNeeded({ sd: 1, halfWidth: 1, testToTrain: 0.2 }) > seedsNeeded({ sd: 1, halfWidth: 1 }));
  const floor = 1.96 * Math.sqrt(0.25); // no number of redrawn splits makes it narrower
  strictEqual(seedsNeeded({ sd: 1, halfWidth: 0.99 * floor, testToTrain: 0.25 }), Infinity);
});

const hits = (rows: string[]) => rows.map((row) => Uint8Array.from(row, Number));

Deno.test("bootstrapGain agrees with numpy's 200,000 draws, of shared images and of others", () => {
  for (const { a, b, sameImages, ...expected } of vectors.bootstrap) {
    const options = { sameImages, random: prng(1), resamples: 20_000 };
    const ours = bootstrapGain(hits(a), hits(b), options);
    const width = expected.high - expected.low;
    for (const end of ["low", "high"] as const) {
      const error = Math.abs(ours[end] - expected[end]) / width;
      ok(error < 0.03, `${a.length} seeds, ${end}: ${ours[end]}, numpy ${expected[end]}`);
    }
  }
});

Deno.test("bootstrapGain: the same seed gives the same interval; arms that are no pairs are refused", () => {
  const [{ a, b }] = vectors.bootstrap.map(({ a, b }) => ({ a: hits(a), b: hits(b) }));
  const draw = (x: Uint8Array[], y: Uint8Array[], sameImages = true) =>
    bootstrapGain(x, y, { sameImages, random: prng("again"), resamples: 50 });
  deepStrictEqual(draw(a, b), draw(a, b));
  deepStrictEqual(draw(a, a), { low: 0, high: 0 });
  throws(() => draw(a, b.slice(1)), RangeError);
  throws(() => draw(a, b.map((row) => row.subarray(1))), RangeError);
  const shorter = [a[0].subarray(1), ...a.slice(1)];
  throws(() => draw(shorter, shorter), /same test images/);
  ok(draw(shorter, shorter, false));
});

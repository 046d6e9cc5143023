import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { judge } from "../../lib/study/claims.ts";
import { mixtures } from "../../lib/study/design.ts";
import {
  falsePairHypotheses,
  hybridHypotheses,
  mixtureGains,
  vanishing,
} from "../../lib/study/mixtures.ts";
import { accuracies } from "../../lib/study/rows.ts";
import type { Cell } from "../../lib/study/cell.ts";
import { inventedRuns } from "./runs.ts";

const design = mixtures("desk", { methods: "all" });

const arms = [...new Set(design.cells.map(({ arm }) => arm))];

/** Rows of runs whose accuracies in percent an arm decides, apart from a little noise by seed and arm. */
function rowsOf(levels: (arm: Cell["arm"], method: string) => number) {
  const runs = inventedRuns(design, ({ arm, seed, method }) => {
    const noise = 0.05 * ((7 * seed * arms.indexOf(arm)) % 5);
    return (levels(arm, method.name) + noise) / 100;
  });
  return accuracies(runs).filter(({ evaluation, probe }) =>
    evaluation === "held-out concepts" && probe === "linear"
  );
}

/** Semantic pairs gain 10 points; each tenth of false pairs takes 3; the hybrid of a half has 15. */
const levels = (arm: Cell["arm"]): number => {
  const [kind, amount] = arm.split(" ");
  if (kind === "noisy") return 30 - 30 * Number(amount) - (amount === "0.25" ? 0.4 : 0);
  if (kind === "hybrid") return amount === "0.5" ? 35 : 25;
  if (kind === "curriculum") return 25;
  return { untrained: 10, augmented: 20, semantic: 30, both: 33 }[kind]!;
};
const gains = mixtureGains(rowsOf(levels));

Deno.test("mixtures: each method along both axes, from augmented pairs on", () => {
  const simclr = gains.filter(({ method }) => method === "SimCLR");
  strictEqual(gains.length, simclr.length);
  const rounded = simclr.map(({ mixture, amount, mean }) => [mixture, amount, Math.round(mean)]);
  deepStrictEqual(rounded, [
    ["both", 1, 13],
    ...[["curriculum", 0.25, 5], ["curriculum", 0.5, 5], ["curriculum", 0.75, 5]],
    ["curriculum", 1, 10],
    ...[["hybrid", 0.25, 5], ["hybrid", 0.5, 15], ["hybrid", 0.75, 5], ["hybrid", 1, 10]],
    ...[["noisy", 0, 10], ["noisy", 0.1, 7], ["noisy", 0.25, 2], ["noisy", 0.5, -5]],
  ]);
  ok(simclr.every(({ differences, n }) => differences.length === 3 && n === 3));
});

Deno.test("mixtures: false pairs are held against semantic ones, hybrids against the better arm", () => {
  const lost = falsePairHypotheses(gains).filter(({ method }) => method === "SimCLR");
  deepStrictEqual(
    lost.map(({ evaluation, difference: { mean } }) => [evaluation, Math.round(mean)]),
    [
      ["held-out concepts, 10 % false", 3],
      ["held-out concepts, 25 % false", 8],
      ["held-out concepts, 50 % false", 15],
    ],
  );
  const hybrids = hybridHypotheses(gains).filter(({ method }) => method === "SimCLR");
  deepStrictEqual(
    hybrids.map(({ evaluation, difference }) => [
      evaluation.replace("held-out concepts, ", ""),
      Math.round(difference.mean),
    ]),
    [
      ["both kinds at once, twice the views", 3],
      ...[25, 50, 75].map((percent) => [`last ${percent} % of epochs semantic`, -5]),
      ...[["25 % semantic", -5], ["50 % semantic", 5], ["75 % semantic", -5]],
    ],
  );
  const verdicts = judge(hybrids, { conclusive: true }).map(({ verdict }) => verdict);
  deepStrictEqual([verdicts[0], verdicts[1], verdicts[5]], [
    "supported",
    "contradicted",
    "supported",
  ]);
});

Deno.test("mixtures: a hybrid that beats semantic pairs alone has beaten neither", () => {
  const worse = mixtureGains(rowsOf((arm) => arm === "semantic" ? 10 : levels(arm)));
  const hybrids = hybridHypotheses(worse).filter(({ evaluation }) =>
    evaluation.endsWith("25 % semantic")
  );
  // against augmented pairs: 5 points, against semantic 15
  strictEqual(Math.round(hybrids[0].difference.mean), 5);
});

Deno.test("mixtures: where the benefit vanishes, by the line between two rates", () => {
  const [{ rate, seeds, tried }] = vanishing(gains);
  ok(Math.abs(rate! - 1 / 3) < 0.02, `${rate}`);
  strictEqual(seeds.length, 3);
  ok(seeds.every((at) => Math.abs(at! - 1 / 3) < 0.03), `${seeds}`);
  strictEqual(tried, 0.5);
  const [never] = vanishing(
    mixtureGains(rowsOf((arm) => arm.startsWith("noisy") ? 29 : levels(arm))),
  );
  strictEqual(never.rate, null);
  const [none] = vanishing(mixtureGains(rowsOf((arm) => arm === "semantic" ? 15 : levels(arm))));
  strictEqual(none.rate, null); // no gain at the start: nothing that could vanish
});

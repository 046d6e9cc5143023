import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { keyOf } from "../../lib/base/hash.ts";
import { whenTheyPay } from "../../lib/study/design.ts";
import { judge } from "../../lib/study/claims.ts";
import {
  bestViews,
  bySetting,
  levelCurves,
  settingGains,
  usualBatches,
  whenHypotheses,
} from "../../lib/study/when.ts";
import { inventedRuns } from "./runs.ts";

const design = whenTheyPay("desk", { methods: "all" });

/** The gain is one point an epoch under weak views, and none under full ones. */
const runs = inventedRuns(design, ({ arm, training, seed }) => {
  const weak = training.views.jitter.probability === 0;
  const gain = arm === "semantic" && weak ? 0.01 * training.epochs + 0.0001 * seed : 0;
  return 0.2 + 0.01 * seed + gain;
});
const rows = bySetting(runs);
const gains = settingGains(rows, { evaluation: "held-out concepts", probe: "linear" });

Deno.test("when: both arms at every setting, and what the profile has anyway is there as it is", () => {
  for (const methods of ["few", "all"] as const) {
    const { cells } = whenTheyPay("desk", { methods });
    strictEqual(new Set(cells.map(keyOf)).size, cells.length);
    const trained = cells.filter(({ arm }) => arm !== "untrained");
    const groups = Map.groupBy(trained, (cell) => keyOf({ ...cell, arm: null })).values();
    ok([...groups].every((group) => group.length === 2));
    // arms x seeds x views x (lengths, fewer images, for one of two methods other batches)
    strictEqual(trained.length, 2 * 3 * 2 * (methods === "few" ? 2 : 2 * (3 + 1) + 1));
    for (const { pairing, training } of trained) {
      strictEqual(pairing.rounds, training.epochs); // partners of its own in every epoch
      strictEqual(training.warmupEpochs, training.epochs / 12);
    }
  }
});

Deno.test("when: a gain for each method and setting, above the same floor", () => {
  strictEqual(gains.length, 2 * (2 * (3 + 1) + 1)); // views x (methods x (lengths, fewer images), …)
  strictEqual(usualBatches(gains).length, 2 * 2 * (3 + 1));
  for (const { views, epochs, mean, untrained } of gains) {
    ok(
      Math.abs(mean - (views === "weak" ? epochs + 0.02 : 0)) < 1e-9,
      `${views}, ${epochs}: ${mean}`,
    );
    ok(Math.abs(untrained! - 22) < 1e-9);
  }
  const curves = levelCurves(usualBatches(rows).filter(({ probe }) => probe === "kNN"));
  const panels = new Set(curves.map(({ panel }) => panel));
  strictEqual(panels.size, 2 * 2 * 2);
  ok(panels.has("SimCLR, weak views, 15 images a class"));
});

Deno.test("when: each arm under the views that are best for it, after the longest training", () => {
  const linear = rows.filter(({ evaluation, probe }) =>
    evaluation === "held-out concepts" && probe === "linear"
  ).map((row) => {
    const strong = row.views === "full" && row.arm === "augmented" ? 5 : 0; // wants strong views
    return { ...row, accuracy: row.accuracy + strong };
  });
  const found = bestViews(linear);
  deepStrictEqual(found.map(({ method, views }) => [method, views]), [
    ["SimCLR", { augmented: "full", semantic: "weak" }],
    ["Barlow Twins", { augmented: "full", semantic: "weak" }],
  ]);
  for (const { levels, mean, n } of found) {
    ok(Math.abs(levels.augmented - 27) < 1e-9 && Math.abs(levels.semantic - 34.02) < 1e-9);
    ok(Math.abs(mean - 7.02) < 1e-9 && n === 3);
  }
});

Deno.test("when: with images a class the gain grows from the fewest to all", () => {
  const grown = gains.map((gain) => {
    const more = gain.images === 60 ? 2 : 0;
    return { ...gain, differences: gain.differences.map((difference) => difference + more) };
  });
  const found = whenHypotheses(grown).filter(({ claim }) => claim.endsWith("images a class"));
  strictEqual(found.length, 4);
  for (const { difference } of found) ok(Math.abs(difference.mean - 2) < 1e-9);
});

Deno.test("when: growth is judged with all images, from the shortest to the longest training", () => {
  const hypotheses = whenHypotheses(gains);
  deepStrictEqual(
    hypotheses.map(({ claim, method, evaluation }) => [claim, method, evaluation]),
    [
      ...["SimCLR", "Barlow Twins"].flatMap((method) =>
        ["full", "weak"].map((views) => [
          ...["semantic pairs gain more with longer training", method],
          `held-out concepts, ${views} views`,
        ])
      ),
      ...["SimCLR", "Barlow Twins"].map((method) => [
        ...["semantic pairs gain more under weaker views", method],
        "held-out concepts, longest training",
      ]),
      ...["SimCLR", "Barlow Twins"].flatMap((method) =>
        ["full", "weak"].map((views) => [
          ...["semantic pairs gain more with more images a class", method],
          `held-out concepts, ${views} views`,
        ])
      ),
    ],
  );
  const weak = hypotheses.find(({ evaluation }) => evaluation.endsWith("weak views"))!;
  ok(Math.abs(weak.difference.mean - 9) < 1e-9); // 12 epochs less 3
  const verdicts = judge(hypotheses, { conclusive: true }).map(({ verdict }) => verdict);
  strictEqual(verdicts[0], "not shown");
});

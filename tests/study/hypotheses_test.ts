import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { byViews, changesByArm, dependence, judgedOf } from "../../lib/study/ablation.ts";
import type { Assessed } from "../../lib/study/assessment.ts";
import { judge } from "../../lib/study/claims.ts";
import { compareArms, type Observation } from "../../lib/study/comparison.ts";
import {
  chances,
  detectionHypotheses,
  invarianceHypotheses,
  transferHypotheses,
} from "../../lib/study/hypotheses.ts";
import { augmentationAblation, kindOfViews, transfer } from "../../lib/study/questions.ts";

/** Both arms and the floor, three seeds; the semantic arm is off by `gain` and a little noise. */
function observed(subject: string, measure: string, gain: number): Observation[] {
  return [1, 2, 3].flatMap((seed) => {
    const common = { method: "SimCLR", family: "contrastive" as const, seed, subject, measure };
    const value = 20 + seed;
    return [
      { ...common, arm: "untrained" as const, value: 10 },
      { ...common, arm: "augmented" as const, value },
      { ...common, arm: "semantic" as const, value: value + gain + 0.01 * seed },
    ];
  });
}

Deno.test("transfer is judged on classes that pretraining has not seen, by three protocols", () => {
  const rows = ["held-out concepts", "held-out scenes"].flatMap((subject) =>
    ["linear", "kNN", "5-shot", "fine-tuned"].flatMap((measure) => observed(subject, measure, 3))
  );
  const found = transferHypotheses(transfer("desk"), compareArms(rows));
  deepStrictEqual(found.map(({ evaluation }) => evaluation), [
    "held-out concepts, linear",
    "held-out concepts, 5-shot",
    "held-out concepts, fine-tuned",
  ]);
  deepStrictEqual(judge(found, { conclusive: true }).map(({ verdict }) => verdict), [
    ...["supported", "supported", "supported"],
  ]);
  strictEqual(found[0].baselineLearned, true);
});

Deno.test("transfer to other data sets is judged by the linear probe, where a profile has some", () => {
  const rows = ["transfer to cifar-10", "held-out classes", "held-out images"].flatMap((subject) =>
    ["linear", "5-shot"].flatMap((measure) => observed(subject, measure, 3))
  );
  const found = transferHypotheses(transfer("photos"), compareArms(rows));
  deepStrictEqual(found.map(({ evaluation }) => evaluation), [
    "transfer to cifar-10, linear",
    "held-out classes, linear",
    "held-out classes, 5-shot",
  ]);
});

Deno.test("less nuisance is the better: the effect is the reduction", () => {
  const rows = [
    ...observed("background", "explained variance", -4),
    ...observed("texture", "explained variance", 4),
    ...observed("artist", "explained variance", -4),
    ...observed("background", "probe", -4),
  ];
  const found = judge(invarianceHypotheses(compareArms(rows)), { conclusive: true });
  deepStrictEqual(found.map(({ evaluation, verdict }) => [evaluation, verdict]), [
    ["background, explained variance", "supported"],
    ["texture, explained variance", "contradicted"],
  ]);
  strictEqual(Math.round(found[0].effect), 4);
  strictEqual(found[0].low < found[0].effect && found[0].effect < found[0].high, true);
});

Deno.test("detection is judged by COCO's AP, frozen and fine-tuned", () => {
  const rows = ["frozen", "finetuned"].flatMap((mode) =>
    ["AP", "AP50"].flatMap((measure) => observed(mode, measure, 1))
  );
  const found = detectionHypotheses(compareArms(rows)).map(({ evaluation }) => evaluation);
  deepStrictEqual(found, ["frozen, AP", "finetuned, AP"]);
});

Deno.test("chances: a row a factor, what would be had by chance", () => {
  const rows = observed("light", "probe, chance", 0).map((row) => ({ ...row, value: 20 }));
  deepStrictEqual(chances(compareArms(rows)), [{ factor: "light", "probe, chance, percent": 20 }]);
});

/** An assessment of every cell of the ablation, whose linear accuracy depends on arm and views. */
function ablation(accuracy: (arm: string, views: string) => number): Assessed[] {
  return augmentationAblation("desk").assessments.map(({ cell, task }) => ({
    inputs: {
      pretraining: { cell, dataset: "", pairs: "", engine: "", version: 1 },
      ...{ task, images: "", version: 1 },
    },
    measures: ["held-out concepts", "held-out scenes"].map((subject) => ({
      ...{ subject, measure: "linear" },
      value: accuracy(cell.arm, kindOfViews(cell)) + 0.1 * cell.seed * cell.seed *
          Number(cell.arm === "semantic" && kindOfViews(cell) === "full"),
    })),
    ...{ details: {}, weights: "", seconds: 1 },
    machine: { engine: "", hardware: "", deno: "", tfjs: "" },
  }));
}

Deno.test("the ablation compares what each arm loses from the strongest views to the weakest", () => {
  const loses = {
    augmented: { full: 30, weak: 10 },
    semantic: { full: 30, weak: 28 },
  };
  const found = ablation((arm, views) =>
    arm === "untrained" ? 5 : loses[arm as "semantic"][views as "full"]
  );
  const rows = byViews(found, ["linear"]);
  deepStrictEqual([...new Set(rows.map(({ subject }) => subject))], ["full", "weak"]);
  strictEqual(
    rows.filter(({ arm, subject }) => arm === "untrained" && subject === "full").length,
    6,
  );
  const measures = judgedOf(augmentationAblation("desk"));
  deepStrictEqual(measures, ["held-out concepts, linear", "held-out scenes, linear"]);
  const claims = judge(dependence(rows, measures), { conclusive: true });
  strictEqual(claims.length, 2);
  strictEqual(claims[0].verdict, "supported"); // 20 lost by one arm, 2 … 3 by the other
  strictEqual(Math.round(claims[0].effect), 18);
});

Deno.test("the ablation says of each arm what it gained or lost", () => {
  const reached = { augmented: { full: 30, weak: 25 }, semantic: { full: 20, weak: 40 } };
  const rows = byViews(
    ablation((arm, views) => arm === "untrained" ? 5 : reached[arm as "semantic"][views as "full"]),
    ["linear"],
  );
  const measure = "held-out scenes, linear";
  const [augmented, semantic] = changesByArm(rows, [measure]);
  deepStrictEqual(augmented, {
    ...{ method: "SimCLR", measure, arm: "augmented", full: 30, weak: 25 },
    ...{ change: -5, low: -Infinity, high: Infinity, n: 3 }, // seeds that agree exactly say nothing
  });
  ok(semantic.arm === "semantic" && Math.abs(Number(semantic.change) - 19.5) < 0.1);
  ok(Number(semantic.low) < Number(semantic.change));
});

import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { keyOf } from "../../lib/base/hash.ts";
import {
  augmentationAblation,
  detection,
  invariances,
  kindOfViews,
  novelTarget,
  policiesOf,
  transfer,
} from "../../lib/study/questions.ts";
import { perMethodGains, whenTheyPay } from "../../lib/study/design.ts";

const questions = { transfer, detection, invariances, augmentationAblation };
const profiles = ["smoke", "desk", "photos", "imagenet"];

Deno.test("every question has, at every profile, both arms of every task and the floor", () => {
  for (const profile of profiles) {
    for (const [name, question] of Object.entries(questions)) {
      const { assessments, cells } = question(profile);
      const [floor, trained] = [true, false].map((untrained) =>
        assessments.filter(({ cell }) => (cell.arm === "untrained") === untrained)
      );
      const apartFromArm = ({ cell, task }: typeof trained[0]) =>
        keyOf([{ ...cell, arm: null }, task]);
      for (const group of Map.groupBy(trained, apartFromArm).values()) {
        const arms = group.map(({ cell }) => cell.arm).sort();
        deepStrictEqual(arms, ["augmented", "semantic"], `${name}, ${profile}`);
      }
      const tasks = (of: typeof trained) => new Set(of.map(({ task }) => keyOf(task)));
      deepStrictEqual(tasks(floor), tasks(trained), `${name}, ${profile}`);
      ok(assessments.every(({ cell }) => cells.includes(cell)));
      deepStrictEqual(JSON.parse(JSON.stringify(assessments)), assessments, "plain JSON");
    }
  }
});

Deno.test("kinds of views have a name each, wherever they are varied", () => {
  for (const profile of profiles) {
    for (const { cells } of [augmentationAblation(profile), whenTheyPay(profile)]) {
      const kinds = new Map(cells.map((cell) => [keyOf(cell.training.views), kindOfViews(cell)]));
      const names = [...kinds.values()];
      strictEqual(new Set(names).size, names.length, `${profile}: ${names}`);
      ok(!names.includes("other"), profile);
    }
  }
});

Deno.test("tasks are about data that the profile has, and backbones are those of the study", () => {
  for (const profile of profiles) {
    const known = new Set(perMethodGains(profile).cells.map((cell) => keyOf(cell)));
    for (const question of [transfer, detection, invariances]) {
      ok(question(profile).cells.every((cell) => known.has(keyOf(cell))), profile);
    }
    const design = transfer(profile);
    const { task } = design.assessments.find(({ task }) => task.kind === "transfer")!;
    ok(task.kind === "transfer" && task.targets.includes(novelTarget(design)), profile);
  }
  strictEqual(novelTarget(transfer("desk")), "held-out concepts");
  strictEqual(novelTarget(transfer("photos")), "held-out classes");
});

Deno.test("the ablation's views get weaker, and arms differ in the arm alone", () => {
  const design = augmentationAblation("desk");
  deepStrictEqual(Object.keys(policiesOf(design)), ["full", "weak"]);
  const trained = design.cells.filter(({ arm }) => arm !== "untrained");
  const apart = Map.groupBy(trained, (cell) => keyOf({ ...cell, arm: null }));
  ok([...apart.values()].every((cells) => cells.length === 2));
  const known = new Set(perMethodGains("desk").cells.map((cell) => keyOf(cell)));
  const shared = trained.filter((cell) => known.has(keyOf(cell)));
  ok(shared.length > 0 && shared.every((cell) => kindOfViews(cell) === "weak"));
});

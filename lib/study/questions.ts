/**
 * What is asked of the study's backbones beyond the probes of their own runs: transfer, detection,
 * invariance, and the ablation of augmentations. Each question is a list of assessments at the size
 * of a profile; the backbones are those of {@link perMethodGains}, pretrained once. Tasks that train on
 * are done with the seeds of the profile's axes.
 */
import { keyOf } from "../base/hash.ts";
import { cifar, flips, gentle, largeCrops, type Policy, simclr, weak } from "../views/policy.ts";
import type { Assessments, FinetuneTask, Task } from "./assessment.ts";
import type { Cell, Evaluation } from "./cell.ts";
import { type Design, perMethodGains } from "./design.ts";
import { profileOf } from "./profiles.ts";
import { tasksOf } from "./task_settings.ts";

/** Kinds of views by their names, from the strongest on; what is full, profiles decide. */
const everyKind: [name: string, policy: (size: number) => Policy][] = [
  ["full", simclr],
  ["full", cifar],
  ["large crops", largeCrops(simclr)],
  ["large crops", largeCrops(cifar)],
  ["gentle", gentle],
  ["weak", weak],
  ["flips", flips],
];

/**
 * Do gains hold under the field's own protocols? Linear probe, kNN, few-shot, and fine-tuning of some.
 */
export function transfer(profile: string): Assessments {
  const design = perMethodGains(profile), setting = tasksOf(design);
  const { methods, finetune } = setting;
  const further: FinetuneTask = { kind: "finetune", target: novelTarget(design), ...finetune };
  return assessments(design, "transfer", [
    ...each(of(design.cells, methods.transfer), setting.transfer),
    ...each(of(ofAxes(profile, design.cells), methods.finetune), further),
  ]);
}

/** Do detectors on these backbones find more? The backbone frozen, and trained with the head. */
export function detection(profile: string): Assessments {
  const design = perMethodGains(profile), { detection, methods } = tasksOf(design);
  const cells = of(ofAxes(profile, design.cells), methods.detection);
  return assessments(design, "detection", detection.flatMap((task) => each(cells, task)));
}

/** What do features depend on? */
export function invariances(profile: string): Assessments {
  const design = perMethodGains(profile), { methods, invariance } = tasksOf(design);
  return assessments(design, "invariances", each(of(design.cells, methods.invariance), invariance));
}

/**
 * Does the semantic arm depend less on augmentation? Both arms of some methods under weaker and
 * weaker views, with one learning rate, by the probes of {@link transfer}.
 */
export function augmentationAblation(profile: string): Assessments {
  const design = perMethodGains(profile), { transfer, methods, ablation } = tasksOf(design);
  const cells = of(ofAxes(profile, design.cells), methods.ablation).flatMap((cell) =>
    cell.arm === "untrained" ? [cell] : Object.values(ablation).map((views) => {
      const { size } = cell.training.views;
      return { ...cell, training: { ...cell.training, views: views(size) } };
    })
  );
  return assessments(design, "augmentation ablation", each(cells, transfer));
}

/** The kinds of views of an ablation, from the strongest on. */
export function policiesOf({ cells }: Assessments): Record<string, Policy> {
  const trained = cells.filter(({ arm }) => arm !== "untrained");
  return Object.fromEntries(trained.map((cell) => [kindOfViews(cell), cell.training.views]));
}

/** The name of a cell's views in the ablation. */
export function kindOfViews({ training: { views } }: Cell): string {
  const found = everyKind.find(([, policy]) => keyOf(policy(views.size)) === keyOf(views));
  return found?.[0] ?? "other";
}

/** Backbones of the seeds of the profile's axes. */
function ofAxes(profile: string, cells: readonly Cell[]): Cell[] {
  const { seeds, axes } = profileOf(profile);
  return cells.filter(({ seed }) => (axes.seeds ?? seeds).includes(seed));
}

/** Backbones of some methods, and the untrained ones. */
const of = (cells: readonly Cell[], methods: string[]) =>
  cells.filter(({ arm, method }) => arm === "untrained" || methods.includes(method.name));

const each = (cells: readonly Cell[], task: Task) => cells.map((cell) => ({ cell, task }));

function assessments(
  { profile, conclusive }: Design,
  figure: string,
  assessments: Assessments["assessments"],
): Assessments {
  const cells = [...new Set(assessments.map(({ cell }) => cell))];
  return { figure, profile, conclusive, cells, assessments };
}

/** Classes that pretraining has not seen, where the data has some. */
export function novelTarget({ cells: [{ data }] }: Pick<Design, "cells">): Evaluation {
  if (data.source === "emoji scenes") return "held-out concepts";
  return data.heldOutClasses > 0 ? "held-out classes" : "held-out images";
}

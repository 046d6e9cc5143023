import { ok, rejects, strictEqual } from "node:assert/strict";
import { Problem } from "../../lib/base/problem.ts";
import { prng } from "../../lib/base/prng.ts";
import { leaves, tf, valueAndGradients, withoutFusedKernels } from "../../lib/engine/mod.ts";
import { dino, dinoLoss, type DinoOptions, followCenter } from "../../lib/methods/dino.ts";
import { checkTraining, threeSteps } from "../training/reference_steps.ts";
import { close, tensor } from "../vectors/inputs.ts";
import reference from "../vectors/clustering.json" with { type: "json" };
import { checkDifferences } from "./losses.ts";
import { checkViews, meanCrossEntropy, softmax } from "./view_losses.ts";

const small = { ...dino.defaults, hidden: 8, projection: 5, prototypes: 7 };
const view = (name: string, shape: [number, number] = [6, 4]) => tensor<tf.Tensor2D>(name, shape);
const targets = (shape: [number, number]) => [0, 1].map((i) => view(`teacher ${i}`, shape));
const centerOf = (k: number) => tensor<tf.Tensor1D>("center", [k]);

/** With fixed targets; temperatures as given. */
function lossOf(
  { studentTemperature, teacherTemperature }: {
    studentTemperature: number;
    teacherTemperature: number;
  },
): (views: tf.Tensor2D[]) => tf.Scalar {
  return (views) => {
    const [n, k] = views[0].shape;
    const center = centerOf(k);
    const temperatures = { studentTemperature, teacherTemperature: tf.scalar(teacherTemperature) };
    return dinoLoss(views, targets([n, k]), { center, ...temperatures });
  };
}

/** The schedules of a step, the teacher's temperature rising over so many epochs of one step. */
const at = (warmup: number) => (step: number) => ({
  released: step < 1 ? 0 : 1,
  tau: 0.9 + 0.03 * step,
  teacherTemperature: step < warmup - 1 ? 0.04 : 0.07,
});

const usual = { studentTemperature: 0.1, teacherTemperature: 0.04 };

Deno.test("dinoLoss equals the loop over the teacher's views and the student's other views", async () => {
  const views = ["a", "b", "c"].map((name) => view(name));
  const center = await centerOf(4).data();
  const centred = (row: number[]) => row.map((v, k) => v - center[k]);
  const q = await Promise.all(
    targets([6, 4]).map(async (t) =>
      (await t.array()).map((row) => softmax(centred(row), usual.teacherTemperature))
    ),
  );
  const p = await Promise.all(
    views.map(async (v) => (await v.array()).map((row) => softmax(row, usual.studentTemperature))),
  );
  close(await lossOf(usual)(views).data(), [meanCrossEntropy(q, p)], 1e-5, "loss");
});

Deno.test("dinoLoss equals lightly's value and gradient, with and without crops", async () => {
  for (const expected of reference.losses.dino) {
    await checkViews(lossOf(expected.options), expected);
  }
});

Deno.test("the centre moves as lightly's", async () => {
  for (const { shape: [n, k], center } of reference.losses.dino) {
    const moved = followCenter(centerOf(k), targets([n, k]), 0.9);
    close(await moved.data(), center, 1e-6, "centre");
  }
});

Deno.test("dinoLoss: gradient agrees with central differences, in a full view and in a crop", async () => {
  const soft = lossOf({ studentTemperature: 0.5, teacherTemperature: 0.2 });
  await checkDifferences((a, b) => soft([a, b, view("c")]), [6, 4]);
  await checkDifferences((crop, a) => soft([a, view("b"), crop]), [6, 4]);
});

Deno.test("dinoLoss does not change when both images are swapped", async () => {
  const options = {
    center: centerOf(4),
    studentTemperature: 0.1,
    teacherTemperature: tf.scalar(1),
  };
  const [t, u] = targets([6, 4]);
  const forth = await dinoLoss([view("a"), view("b")], [t, u], options).data();
  const back = await dinoLoss([view("b"), view("a")], [u, t], options).data();
  close(back, forth, 1e-6, "swapped");
});

Deno.test("dinoLoss does not change when the teacher's scores and the centre shift alike", async () => {
  const options = { studentTemperature: 0.1, teacherTemperature: tf.scalar(0.5) };
  const student = [view("a"), view("b")];
  const shifted = targets([6, 4]).map((t) => t.add<tf.Tensor2D>(centerOf(4)));
  const plain = dinoLoss(student, targets([6, 4]), { ...options, center: tf.zeros([4]) });
  const moved = dinoLoss(student, shifted, { ...options, center: centerOf(4) });
  close(await moved.data(), await plain.data(), 1e-5, "shifted");
});

Deno.test("dinoLoss: no gradient reaches the teacher", async () => {
  // The fused cross entropy passes none to its targets; tfjs's own would.
  const { gradients } = withoutFusedKernels(() =>
    valueAndGradients(([student, teacher]) => {
      const center = centerOf(4), teacherTemperature = tf.scalar(0.04);
      const options = { center, studentTemperature: 0.1, teacherTemperature };
      return { value: dinoLoss([student, student], [teacher, teacher], options), aux: {} };
    }, [view("a"), view("b")])
  );
  const [student, teacher] = await Promise.all(gradients.map((g) => g.abs().sum().data()));
  ok(student[0] > 0.1);
  strictEqual(teacher[0], 0);
});

Deno.test("dinoLoss of a batch of one pair is finite: other images take no part in it", async () => {
  ok(Number.isFinite((await lossOf(usual)([view("a", [1, 4]), view("b", [1, 4])]).data())[0]));
});

Deno.test("dino refuses options that would divide by 0, and a centre that would not settle", async () => {
  const refused = (option: Partial<DinoOptions>, pattern: RegExp) =>
    rejects(
      threeSteps(dino, { options: { ...small, ...option }, at: at(0) }),
      (error: Error) => error instanceof Problem && pattern.test(error.message),
    );
  await refused({ studentTemperature: 0 }, /studentTemperature is 0.*above 0/);
  await refused({ teacherTemperature: -1 }, /teacherTemperature is -1/);
  await refused({ firstTeacherTemperature: 0 }, /firstTeacherTemperature is 0/);
  await refused({ centerMomentum: 1.5 }, /centerMomentum is 1.5.*0 to 1/);
});

Deno.test("dino's teacher warms up by epochs as lightly's, and its weight of the past rises to 1", () => {
  for (const [epochs, expected] of Object.entries(reference.temperatures)) {
    const { teacherTemperature } = dino.schedules!({ ...small, warmupEpochs: Number(epochs) });
    const perEpoch = 4;
    const actual = expected.map((_, epoch) =>
      teacherTemperature({ step: epoch * perEpoch + epoch % perEpoch, total: 24, perEpoch })
    );
    close(actual, expected, 1e-6, `${epochs} epochs`);
  }
  const tau = dino.momentum!.tau({ ...small, tau: 0.9 });
  close(
    [0, 12, 24].map((step) => tau({ step, total: 24, perEpoch: 4 })),
    [0.9, 0.95, 1],
    1e-9,
    "tau",
  );
});

Deno.test("three steps of dino equal torch's: frozen first, weights, averages, centre", () =>
  checkTraining(dino, { options: small, at: at(2) }, reference.training.dino));

Deno.test("three steps of dino with crops equal torch's", () =>
  checkTraining(dino, { options: small, at: at(0), crops: 2 }, reference.training.dino_crops));

Deno.test("dino's projector has batch norm where asked, and starts as narrow as the paper's", async () => {
  const { projector } = dino.heads({ features: 512, classes: 1 }, { ...small, batchNorm: true });
  const names = leaves(projector.init(prng(1)).params).map(([path]) => path.slice(1));
  ok(
    names.includes("1.weight") && names.includes("4.weight") && !names.includes("0.bias"),
    `${names}`,
  );
  const usual = dino.heads({ features: 512, classes: 1 }, { ...small, hidden: 64 }).projector;
  const { "0": first } = usual.init(prng(1)).params as Record<string, Record<string, tf.Tensor>>;
  const [deviation] = await first.weight.square().mean().sqrt().data();
  close([deviation], [0.02], 0.02, "deviation");
  strictEqual((await first.bias.abs().sum().data())[0], 0);
});

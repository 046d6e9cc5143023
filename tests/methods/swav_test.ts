import { deepStrictEqual, ok, rejects, strictEqual, throws } from "node:assert/strict";
import { Problem } from "../../lib/base/problem.ts";
import { prng } from "../../lib/base/prng.ts";
import { dispose, liveTensors, tensors, tf, withoutFusedKernels } from "../../lib/engine/mod.ts";
import { sinkhorn } from "../../lib/methods/sinkhorn.ts";
import { swav, swavLoss, type SwavOptions } from "../../lib/methods/swav.ts";
import { sgd } from "../../lib/training/optimizers.ts";
import { initialState } from "../../lib/training/step.ts";
import { checkTraining, threeSteps } from "../training/reference_steps.ts";
import { close, tensor } from "../vectors/inputs.ts";
import reference from "../vectors/clustering.json" with { type: "json" };
import { checkDifferences, checkOnePair, checkSymmetry } from "./losses.ts";
import { checkViews, meanCrossEntropy, softmax, type ViewLoss } from "./view_losses.ts";

const usual = { temperature: 0.1, epsilon: 0.05, iterations: 3 };
const small = { ...swav.defaults, hidden: 8, projection: 5, prototypes: 7 };
const view = (name: string, shape: [number, number] = [6, 4]) => tensor<tf.Tensor2D>(name, shape);
const past = (rows: number, k: number) =>
  [0, 1].map((i) => tensor<tf.Tensor2D>(`queue ${i}`, [rows, k]));

Deno.test("swavLoss equals the loop over codes and other views", async () => {
  const views = ["a", "b", "c", "d"].map((name) => view(name));
  const codes = await Promise.all(views.slice(0, 2).map((v) => sinkhorn(v, usual).array()));
  const predictions = await Promise.all(
    views.map(async (v) => (await v.array()).map((row) => softmax(row, usual.temperature))),
  );
  const expected = meanCrossEntropy(codes, predictions);
  close(await swavLoss(views, usual).data(), [expected], 1e-5, "loss");
});

Deno.test("swavLoss equals lightly's value and gradient, with crops and with a queue", async () => {
  for (const expected of reference.losses.swav) {
    const { shape, queue, options } = expected;
    const queued = queue ? { scores: past(queue, shape[1]), used: tf.scalar(1) } : undefined;
    const loss: ViewLoss = (views) => swavLoss(views, options, queued);
    await checkViews(loss, expected);
    // The fused cross entropy passes no gradient to its targets; tfjs's own would.
    await withoutFusedKernels(() => checkViews(loss, expected));
  }
});

Deno.test("swavLoss: a queue that is not used changes nothing", async () => {
  const views = [view("a"), view("b")];
  const withQueue = async (used: number) =>
    (await swavLoss(views, usual, { scores: past(9, 4), used: tf.scalar(used) }).data())[0];
  const [alone] = await swavLoss(views, usual).data();
  close([await withQueue(0)], [alone], 1e-6, "not used");
  ok(Math.abs(await withQueue(1) - alone) > 1e-3);
});

// Codes are constants to the gradient, not to differences: only a small view can be moved.
Deno.test("swavLoss: gradient to a crop agrees with central differences", () =>
  checkDifferences((crop, a) => swavLoss([a, view("b"), crop], usual), [6, 4]));

Deno.test("swavLoss does not change when both full views are swapped", () =>
  checkSymmetry((a, b) => swavLoss([a, b, view("c")], usual), [6, 4]));

Deno.test("swavLoss of a batch of one pair is a clear error", () =>
  checkOnePair((a, b) => swavLoss([a, b], usual)));

Deno.test("swavLoss: what would divide by 0 is refused", () => {
  const views = [view("a"), view("b")];
  for (const option of ["temperature", "epsilon", "iterations"]) {
    throws(
      () => swavLoss(views, { ...usual, [option]: 0 }),
      (error: Error) => error instanceof Problem && error.message.includes(`${option} is 0`),
    );
  }
});

Deno.test("three steps of swav equal torch's: frozen first, then without, then with the queue", () => {
  const at = (step: number) => ({ released: step < 1 ? 0 : 1, useQueue: step < 2 ? 0 : 1 });
  const options = { ...small, queue: 8 };
  return checkTraining(swav, { options, at }, reference.training.swav);
});

Deno.test("three steps of swav with crops equal torch's: the queue waits until it is full", () => {
  const at = (step: number) => ({ released: step < 1 ? 0 : 1, useQueue: 1 });
  const options = { ...small, queue: 16 };
  return checkTraining(swav, { options, at, crops: 1 }, reference.training.swav_crops);
});

Deno.test("swav without a queue trains as with one that is not used", async () => {
  const losses = async (options: SwavOptions) => {
    const at = () => ({ released: 1, useQueue: 0 });
    const { losses, state } = await threeSteps(swav, { options, at });
    dispose(state);
    return losses;
  };
  const without = await losses({ ...small, queue: 0 });
  close(await losses({ ...small, queue: 8 }), without, 1e-5, "losses");
});

Deno.test("swav refuses a queue with no room for a batch", () =>
  rejects(
    threeSteps(swav, { options: { ...small, queue: 7 }, at: () => ({ released: 1, useQueue: 1 }) }),
    (error: Error) => error instanceof Problem && /batch of 8 .* queue of 7/.test(error.message),
  ));

Deno.test("swav's queue is used from its epoch on, and its prototypes learn from theirs", () => {
  const { useQueue } = swav.schedules!({ ...small, queueStart: 2 });
  const at = (step: number) => useQueue({ step, total: 30, perEpoch: 10 });
  deepStrictEqual([0, 19, 20, 29].map(at), [0, 0, 1, 1]);
  strictEqual(swav.frozen!.epochs(swav.defaults), 2);
});

Deno.test("swav starts with prototypes of unit length, and keeps no other tensor", async () => {
  const backbone = { params: {}, stats: {} };
  const optimizer = sgd({ momentum: 0.9, weightDecay: 0 });
  const before = liveTensors().tensors;
  const sizes = { features: 6, classes: 1 };
  const trainer = { method: swav, options: small, sizes, optimizer };
  const state = initialState(trainer, { backbone, prng: prng(1) });
  strictEqual(liveTensors().tensors - before, tensors(state).length);
  const { prototypes } = state.params.heads as { prototypes: { weight: tf.Tensor2D } };
  close(await tf.norm(prototypes.weight, 2, 0).data(), Array(7).fill(1), 1e-6, "lengths");
  dispose(state);
});

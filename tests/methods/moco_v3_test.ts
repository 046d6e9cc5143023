import { mocoV3, mocoV3Loss } from "../../lib/methods/moco_v3.ts";
import { tensor } from "../vectors/inputs.ts";
import type { tf } from "../../lib/engine/mod.ts";
import { batchInfoNce } from "../../lib/methods/info_nce.ts";
import { l2Normalize } from "../../lib/methods/normalize.ts";
import { close } from "../vectors/inputs.ts";
import { checkOnePair } from "./losses.ts";
import reference from "../vectors/contrastive.json" with { type: "json" };
import { checkTraining, threeSteps } from "../training/reference_steps.ts";

const options = { ...mocoV3.defaults, hidden: 14, projection: 5, temperature: 1 };
const at = (step: number) => ({ tau: 0.9 + 0.02 * step });

Deno.test("mocoV3Loss is 2 t times InfoNCE of directions, whatever the lengths", async () => {
  const [q, k] = ["anchor", "partner"].map((name) => tensor<tf.Tensor2D>(name, [8, 5]));
  const expected = batchInfoNce(l2Normalize(q), l2Normalize(k), { temperature: 0.3 });
  const longer = mocoV3Loss(q.mul(7), k.mul(0.1), { temperature: 0.3 });
  close(await longer.data(), [0.6 * (await expected.data())[0]], 1e-6, "loss");
});

Deno.test("mocoV3Loss of a batch of one pair is a clear error", () =>
  checkOnePair((a, b) => mocoV3Loss(a, b, { temperature: 0.2 })));

Deno.test("three steps of mocoV3 equal torch's: losses, weights, averages", () =>
  checkTraining(mocoV3, { options, at }, reference.training.moco_v3));

Deno.test("three steps of mocoV3 with a ViT's heads equal torch's", () => {
  const transformer = { ...options, hidden: 10, transformerHeads: true };
  return checkTraining(
    mocoV3,
    { options: transformer, at },
    reference.training.moco_v3_transformer,
  );
});

Deno.test("three steps of mocoV3 without negatives of one's class equal torch's", async () => {
  const excluding = { ...options, excludeSameClass: true };
  const { losses } = await threeSteps(mocoV3, { options: excluding, at });
  close(losses, reference.training_excluded.moco_v3, 1e-4, "losses");
});

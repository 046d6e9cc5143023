import { deepStrictEqual, notStrictEqual, ok, strictEqual } from "node:assert/strict";
import { prng } from "../../lib/base/prng.ts";
import { dispose, engineInfo, leaves, liveTensors, tf, type Tree } from "../../lib/engine/mod.ts";
import { operationTimes } from "../../lib/engine/profile.ts";
import { methods, resolveMethod } from "../../lib/methods/index.ts";
import { simclr } from "../../lib/methods/simclr.ts";
import { backbone as backboneOf } from "../../lib/models/backbone.ts";
import { fit, type TrainingConfig } from "../../lib/training/fit.ts";
import { sgd } from "../../lib/training/optimizers.ts";
import { initialState, plainStep, schedulesOf } from "../../lib/training/step.ts";
import contrastive from "../vectors/contrastive.json" with { type: "json" };
import { close } from "../vectors/inputs.ts";
import { checkTraining, threeSteps } from "./reference_steps.ts";
import { toyRun } from "./resume_child.ts";

const options = { ...simclr.defaults, hidden: 8, projection: 5 };
const expected = contrastive.training.simclr.losses;

Deno.test("in bf16 the first loss is the same to that precision, and no more", async () => {
  const { losses } = await threeSteps(simclr, { options, precision: "bf16" });
  close(losses.slice(0, 1), expected.slice(0, 1), 0.02, "first loss");
  ok(Math.abs(losses[0] - expected[0]) > 1e-5);
});

Deno.test("blocks that compute their inner values anew train as torch does", async () => {
  await checkTraining(simclr, { options, recompute: true }, contrastive.training.simclr);
});

Deno.test("every method trains alike where blocks compute their inner values anew", async () => {
  for (const name of Object.keys(methods).filter((name) => methods[name].loss)) {
    const losses = async (training: Partial<TrainingConfig>) => {
      const run = toyRun({ method: name, epochs: 1 });
      const { curve, backbone, heads } = await fit({
        ...run,
        training: { ...run.training, ...training },
      });
      dispose(backbone, heads);
      return curve.map(({ loss }) => loss);
    };
    const before = liveTensors();
    close(await losses({ recompute: true }), await losses({}), 1e-4, name);
    const parts = { parts: 2, precision: "bf16" } as const;
    close(await losses({ ...parts, recompute: true }), await losses(parts), 0.05, `${name}, parts`);
    deepStrictEqual(liveTensors(), before);
  }
});

Deno.test({
  name: "every convolution of a block runs twice where its values are computed anew",
  ignore: engineInfo().name !== "tensorflow",
  fn() {
    const convolutions = (recompute: boolean) => {
      const { backbone: config } = toyRun(); // its stem has one, its two blocks five
      const backbone = backboneOf(config), sizes = { features: backbone.features, classes: 4 };
      const optimizer = sgd({ momentum: 0.9, weightDecay: 0 });
      const trainer = { backbone, method: simclr, options, sizes, optimizer, recompute };
      const state = initialState(trainer, { backbone: backbone.init(prng(1)), prng: prng(2) });
      const views = {
        ...{
          anchor: tf.ones<tf.Rank.R4>([4, 8, 8, 3]),
          partner: tf.ones<tf.Rank.R4>([4, 8, 8, 3]),
        },
        ...{ crops: [], labels: tf.tensor1d([0, 1, 2, 3], "int32") },
      };
      const args = [state, views, { learningRate: tf.scalar(0.1) }] as const;
      const operations = operationTimes(plainStep(trainer), [...args], { rounds: 1 });
      dispose(...args);
      return operations.filter(({ name }) => name === "Conv2D").length;
    };
    deepStrictEqual([false, true].map(convolutions), [6, 11]);
  },
});

Deno.test("a momentum encoder starts as a copy of the network and of the heads that it follows", async () => {
  const values = async (tree: Tree) =>
    Object.fromEntries(
      await Promise.all(
        leaves(tree).map(async ([path, x]) => [path, [...await x.data()]] as const),
      ),
    );
  let followers = 0;
  for (const name of Object.keys(methods)) {
    const { backbone: config, method: named } = toyRun({ method: name });
    const { method, options } = resolveMethod(named);
    if (!method.momentum) continue;
    const backbone = backboneOf(config);
    const sizes = { features: backbone.features, classes: 4 };
    const trainer = { method, options, sizes, optimizer: sgd({ momentum: 0.9, weightDecay: 0 }) };
    const variables = backbone.init(prng(1));
    const state = initialState(trainer, { backbone: variables, prng: prng(2) });
    const heads = (tree: Tree) =>
      Object.fromEntries(
        method.momentum!.heads.map((head) => [head, (tree as Record<string, Tree>)[head]]),
      );
    for (const part of ["params", "stats"] as const) {
      const followed = { backbone: state[part].backbone, heads: heads(state[part].heads) };
      deepStrictEqual(await values(state.momentum[part]), await values(followed), name);
      const [copy] = leaves(state.momentum[part]), [original] = leaves(followed);
      notStrictEqual(copy[1], original[1]);
    }
    dispose(state);
    followers++;
  }
  strictEqual(followers, 4); // MoCo v2 and v3, BYOL, DINO
});

Deno.test("momenta go from tau to finalTau by half a cosine, and to 1 where there is none", () => {
  const at = (name: string, options: Record<string, number>) => {
    const resolved = resolveMethod({ name, options });
    const { tau } = schedulesOf(resolved.method, resolved.options, () => 0);
    return [0, 50, 100].map((step) => tau({ step, total: 100, perEpoch: 10 }));
  };
  close(at("moco_v2", { tau: 0.9, finalTau: 0.98 }), [0.9, 0.94, 0.98], 1e-6, "moco_v2");
  close(at("moco_v2", { tau: 0.9, finalTau: 0.9 }), [0.9, 0.9, 0.9], 1e-6, "constant");
  close(at("moco_v3", { tau: 0.9 }), [0.9, 0.95, 1], 1e-6, "moco_v3");
  close(at("byol", { tau: 0.9 }), [0.9, 0.95, 1], 1e-6, "byol");
  close(at("dino", { tau: 0.9 }), [0.9, 0.95, 1], 1e-6, "dino");
});

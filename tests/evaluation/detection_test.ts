import { deepStrictEqual, ok, rejects, strictEqual } from "node:assert/strict";
import { prng } from "../../lib/base/prng.ts";
import type { Dataset } from "../../lib/datasets/dataset.ts";
import { dispose, leaves, liveTensors, type Tree } from "../../lib/engine/mod.ts";
import { overlap } from "../../lib/evaluation/box_overlap.ts";
import { wholeImage } from "../../lib/evaluation/box_views.ts";
import {
  detect,
  type DetectionTraining,
  type DetectorFit,
  trainDetector,
} from "../../lib/evaluation/detection.ts";
import { backbone as backboneOf } from "../../lib/models/backbone.ts";
import { fcos } from "../../lib/models/fcos.ts";
import type { ResNetConfig } from "../../lib/models/resnet.ts";
import { boxedScenes } from "./boxed_scenes.ts";

const network: ResNetConfig = {
  ...{ architecture: "resnet", block: "basic", blocks: [1, 1], width: 8, stem: "strided" },
};
const detector = fcos(network, { classes: 2, stage: 2, levels: 1, channels: 16, convs: 1 });
const training: DetectionTraining = {
  mode: "finetuned",
  steps: 3,
  batchSize: 8,
  optimizer: { name: "adamw", learningRate: 0.01, weightDecay: 1e-4 },
  warmup: 1,
  views: { ...wholeImage(32), flip: 0.5 },
};

const fitOf = (changes: Partial<DetectorFit> = {}): DetectorFit => ({
  ...{ dataset: boxedScenes(), detector, training, seed: 1 },
  backbone: backboneOf(network).init(prng(1)),
  ...changes,
});

const values = (tree: Tree) =>
  Promise.all(leaves(tree).map(async ([path, leaf]) => [path, [...await leaf.data()]] as const));

Deno.test("trainDetector learns where rectangles are; detect says so in the image's pixels", async () => {
  const dataset = boxedScenes({ length: 64, height: 48, width: 64, objects: 1 });
  const progress: [number, number][] = [];
  const { variables, losses } = await trainDetector(fitOf({
    dataset,
    training: { ...training, steps: 120 },
    progress: (done, total) => void progress.push([done, total]),
  }));
  deepStrictEqual(progress, Array.from({ length: 120 }, (_, i) => [i + 1, 120]));
  ok(losses[119] < losses[0] / 2, `${losses[0]} to ${losses[119]}`);
  const others = boxedScenes({ length: 10, height: 48, width: 64, objects: 1, seed: 2 });
  const found = await detect({ detector, variables, dataset: others, size: 32, batchSize: 4 });
  strictEqual(found.length, 10);
  let right = 0;
  for (const [i, all] of found.entries()) {
    ok(all.every(({ score }, j) => score > 0 && (j === 0 || score <= all[j - 1].score)));
    const [object] = others.boxes(i), [best] = all;
    if (object && best?.label === object.label && overlap(object, best) > 0.5) right++;
  }
  ok(right >= 6, `${right} of 8 found`);
  const some = await detect({ detector, variables, dataset: others, indices: [9, 2], size: 32 });
  strictEqual(some.length, 2);
  deepStrictEqual(some[1].map(({ label }) => label), found[2].map(({ label }) => label));
});

Deno.test("trainDetector: frozen, the backbone stays; fine-tuned, it learns; the caller's stays", async () => {
  for (const mode of ["frozen", "finetuned"] as const) {
    const fit = fitOf({ training: { ...training, mode } });
    const before = await values(fit.backbone as Tree);
    const { variables } = await trainDetector(fit);
    deepStrictEqual(await values(fit.backbone as Tree), before);
    const { params, stats } = variables as Record<"params" | "stats", Record<string, Tree>>;
    const after = await values({ params: params.backbone, stats: stats.backbone });
    for (const [i, [path, numbers]] of after.entries()) {
      const same = JSON.stringify(numbers) === JSON.stringify(before[i][1]);
      strictEqual(same, mode === "frozen", `${mode}: ${path}`);
    }
  }
});

Deno.test("trainDetector: one seed gives one curve, another another; nothing leaks", async () => {
  const fit = fitOf(), first = await trainDetector(fit); // its backbone is in the engine now
  dispose(first.variables);
  const before = liveTensors(), again = await trainDetector(fit);
  dispose(again.variables);
  deepStrictEqual(liveTensors(), before);
  deepStrictEqual(again.losses, first.losses);
  const other = await trainDetector({ ...fit, seed: 2 });
  ok(other.losses.every((loss, i) => loss !== first.losses[i]));
});

Deno.test("trainDetector: images without boxes are all background", async () => {
  const { losses } = await trainDetector(fitOf({
    indices: [3, 7, 11, 15, 19, 23],
    training: { ...training, batchSize: 4 },
  }));
  ok(losses.every((loss) => Number.isFinite(loss) && loss > 0));
});

Deno.test("trainDetector: what cannot be is a clear error, and frees all tensors", async () => {
  const { boxes: _, ...blind } = boxedScenes(), wide = boxedScenes({ width: 40 });
  const uneven = { ...wide, image: (i: number) => (i === 0 ? wide : boxedScenes()).image(i) };
  const fit = fitOf();
  dispose((await trainDetector(fit)).variables);
  const before = liveTensors();
  const cases: [Partial<DetectorFit>, RegExp][] = [
    [{ dataset: blind as Dataset }, /boxed scenes has no boxes to train a detector on/],
    [
      { dataset: { ...boxedScenes(), classes: ["red", "green", "blue"] } },
      /boxed scenes has 3 classes, but the detector 2/,
    ],
    [{ dataset: uneven }, /image \d+ is 40 x 32 px, image \d+ is 32 x 32 px: resize/],
    [{ indices: [1, 2] }, /2 images make no batch of 8: lower batchSize/],
    [{ training: { ...training, steps: 0 } }, /steps are 0: choose a whole number/],
    [
      {
        training: {
          ...training,
          steps: 6,
          optimizer: { name: "sgd", momentum: 0, learningRate: 1e30, weightDecay: 0 },
        },
      },
      /the detector's loss is (NaN|Infinity) at step \d of 6: lower the learning rate of 1e\+30/,
    ],
  ];
  for (const [change, message] of cases) {
    await rejects(trainDetector({ ...fit, ...change }), message);
    deepStrictEqual(liveTensors(), before, String(message));
  }
});

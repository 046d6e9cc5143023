import { deepStrictEqual, ok, strictEqual, throws } from "node:assert/strict";
import { prng } from "../../lib/base/prng.ts";
import { Problem } from "../../lib/base/problem.ts";
import {
  jit,
  leaves,
  tf,
  type Tree,
  valueAndGradients,
  withTensors,
} from "../../lib/engine/mod.ts";
import { backbone } from "../../lib/models/backbone.ts";
import type { Detector, Truth } from "../../lib/models/detector.ts";
import { optimizer } from "../../lib/training/optimizers.ts";
import { fasterRcnn, type FasterRcnnConfig, r50c4 } from "../../lib/models/faster_rcnn.ts";
import type { Branch, Mode, Variables } from "../../lib/models/model.ts";
import { resnet50 } from "../../lib/models/presets.ts";
import type { ResNetConfig } from "../../lib/models/resnet.ts";
import { close, closeRecords, filled, norms, tensor } from "../vectors/inputs.ts";
import { padded, quality, rectangles, side } from "./faster_rcnn/rectangles.ts";
import reference from "../vectors/faster_rcnn.json" with { type: "json" };

type Parts = { params: Branch; stats: Branch };

/** New variables of a detector and its backbone. */
function initial(config: ResNetConfig, detector: Detector): Parts {
  const pretrained = backbone(config).init(prng(1)), head = detector.init(prng(2));
  return {
    params: { backbone: pretrained.params, head: head.params },
    stats: { backbone: pretrained.stats, head: head.stats },
  };
}

type Batch = { images: tf.Tensor4D; truth: Truth; random: tf.Tensor2D };

/** The losses, their gradients to what learns, and the statistics. */
function differentiated(
  detector: Detector,
  { params, stats }: Variables,
  { images, truth, random }: Batch,
  { mode, learns }: { mode: { backbone: Mode; head: Mode }; learns: string[] },
) {
  const learned = Object.fromEntries(learns.map((name) => [name, (params as Branch)[name]]));
  return valueAndGradients((learned: Branch) => {
    const variables = { params: { ...params as Branch, ...learned }, stats };
    const { losses, stats: after } = detector.loss(variables, images, truth, random, mode);
    return { value: tf.addN(Object.values(losses)) as tf.Scalar, aux: { losses, stats: after } };
  }, learned);
}

const training = { backbone: { training: true }, head: { training: true } };

/** A detector of the reference, with the weights that it has there. */
function referenceDetector(expected: typeof reference.detectors[number]) {
  const config = expected.backbone as ResNetConfig;
  const detector = fasterRcnn(config, expected.config as FasterRcnnConfig);
  const { params, stats } = initial(config, detector);
  const weights = leaves(filled(params)).map(([path, x]) =>
    path.endsWith("bbox_pred.weight") ? x.mul(0.1) : x
  );
  return { detector, variables: { params: withTensors(params, weights), stats: filled(stats) } };
}

Deno.test("fasterRcnn: what it finds equals what torchvision's finds", async () => {
  for (const expected of reference.detectors) {
    const { detector, variables } = referenceDetector(expected);
    const images = tensor<tf.Tensor4D>("images", expected.images);
    const found = jit((variables: Variables, images: tf.Tensor4D) =>
      detector.detect(variables, images)
    )(variables, images);
    const [boxes, scores, labels] = await Promise.all([
      ...[found.boxes.array(), found.scores.array(), found.labels.array()] as const,
    ]);
    for (const [i, theirs] of expected.found.entries()) {
      const count = theirs.scores.length;
      close(scores[i].slice(0, count), theirs.scores, 1e-5, `scores of image ${i}`);
      close(boxes[i].slice(0, count).flat(), theirs.boxes, 1e-5, `boxes of image ${i}`);
      deepStrictEqual(labels[i].slice(0, count), theirs.labels);
      ok(scores[i].slice(count).every((score) => score === 0), "no more objects than theirs");
    }
  }
});

Deno.test("fasterRcnn: losses, gradients and statistics equal torchvision's", async () => {
  for (const expected of reference.detectors) {
    const { detector, variables } = referenceDetector(expected);
    const [n, height, width] = expected.images, numbers = detector.random(height, width);
    const batch = {
      images: tensor<tf.Tensor4D>("images", expected.images),
      truth: padded(expected.truth, 5),
      random: tensor<tf.Tensor2D>("random", [n, numbers], 0, 1),
    };
    const { gradients, aux } = differentiated(detector, variables, batch, {
      ...{ mode: training, learns: ["backbone", "head"] },
    });
    closeRecords(await norms(aux.losses), expected.losses, 1e-5, "losses");
    const named = (record: object) => record as Record<string, number>;
    closeRecords(await norms(gradients), named(expected.gradientNorms), 1e-4, "gradients");
    closeRecords(await norms(aux.stats), named(expected.runningNorms), 1e-5, "statistics");
  }
});

// Coloured rectangles on noise.

const small: ResNetConfig = {
  ...{ architecture: "resnet", block: "basic", blocks: [1, 1], width: 8, stem: "imagenet" },
};
const config: FasterRcnnConfig = {
  classes: 3,
  anchors: { sizes: [16, 32], ratios: [0.5, 1, 2] },
  proposals: { training: { before: 200, after: 50 }, detection: { before: 200, after: 30 } },
  regions: 32,
  pooled: 6,
  extraNorm: true,
  smoothing: 0,
};

/** One step of training, compiled. */
function stepOf(detector: Detector, learns: string[]) {
  const descent = optimizer({ name: "adamw", learningRate: 0, weightDecay: 0 });
  const mode = { backbone: { training: learns.includes("backbone") }, head: { training: true } };
  const step = (
    params: Branch,
    stats: Branch,
    state: Tree,
    batch: Batch,
    learningRate: tf.Scalar,
  ) => {
    const { value, gradients, aux } = differentiated(detector, { params, stats }, batch, {
      ...{ mode, learns },
    });
    const learned = Object.fromEntries(learns.map((name) => [name, params[name]]));
    const next = descent.update({ params: learned, gradients, state, learningRate });
    const after = { ...params, ...next.params as Branch };
    return { value, params: after, state: next.state, stats: aux.stats as Branch };
  };
  const init = (params: Branch) =>
    descent.init(Object.fromEntries(learns.map((name) => [name, params[name]])));
  return { init, step: jit(step) };
}

/** Trains on the images, 8 at a time; returns what was learned, and each step's loss. */
async function learn(
  detector: Detector,
  { params, stats }: Parts,
  { images, objects }: ReturnType<typeof rectangles>,
  { steps, learns }: { steps: number; learns: string[] },
) {
  const { init, step } = stepOf(detector, learns);
  const random = prng("learn"), numbers = detector.random(side, side), losses: number[] = [];
  let state = init(params);
  for (let i = 0; i < steps; i++) {
    const from = 8 * (i % (objects.length / 8));
    const uniform = Float32Array.from({ length: 8 * numbers }, () => random.next());
    const next = step(params, stats, state, {
      images: images.slice([from, 0, 0, 0], [8, side, side, 3]),
      truth: padded(objects.slice(from, from + 8), 2),
      random: tf.tensor2d(uniform, [8, numbers]),
    }, tf.scalar(0.006 * (1 - i / steps)));
    [params, stats, state] = [next.params, next.stats, next.state];
    losses.push((await next.value.data())[0]);
  }
  return { params, stats, losses };
}

/** Asserts that training succeeded: objects are found where they are, and nothing else is. */
async function checkLearned(
  detector: Detector,
  { losses, ...variables }: Parts & { losses: number[] },
  { images, objects }: ReturnType<typeof rectangles>,
  what: string,
) {
  const found = jit((variables: Parts, images: tf.Tensor4D) => detector.detect(variables, images));
  const { share, overlap, wrong } = await quality(objects, found(variables, images));
  const mean = (part: number[]) => part.reduce((sum, loss) => sum + loss, 0) / part.length;
  const [before, after] = [mean(losses.slice(0, 10)), mean(losses.slice(-10))];
  ok(after < 0.6 * before, `${what}: the loss goes from ${before} to ${after}`);
  ok(share >= 0.9, `${what}: ${share} of the objects are found`);
  ok(overlap > 0.7, `${what}: they overlap by ${overlap}`);
  ok(wrong <= 1, `${what}: ${wrong} are found that do not exist`);
}

Deno.test("fasterRcnn: learns images by heart, finetuned and on a frozen backbone", async () => {
  const detector = fasterRcnn(small, config), set = rectangles(16);
  const start = initial(small, detector);
  const finetuned = await learn(detector, start, set, { steps: 200, learns: ["backbone", "head"] });
  await checkLearned(detector, finetuned, set, "finetuned");

  // A new head, on the backbone that knows rectangles by now.
  const backbone = (tree: Branch) => ({ backbone: tree.backbone });
  const pretrained = {
    params: { ...start.params, ...backbone(finetuned.params) },
    stats: { ...start.stats, ...backbone(finetuned.stats) },
  };
  const frozen = await learn(detector, pretrained, set, { steps: 200, learns: ["head"] });
  await checkLearned(detector, frozen, set, "frozen");
  for (const part of ["params", "stats"] as const) {
    deepStrictEqual(
      await norms(backbone(frozen[part])),
      await norms(backbone(finetuned[part])),
      `the frozen backbone's ${part} stay as they are`,
    );
  }
});

Deno.test("fasterRcnn: images without objects give finite losses and gradients", async () => {
  const detector = fasterRcnn(small, config), variables = initial(small, detector);
  const { images } = rectangles(2);
  const random = tensor<tf.Tensor2D>("random", [2, detector.random(side, side)], 0, 1);
  const truth = padded([{ boxes: [], labels: [] }, { boxes: [], labels: [] }], 2);
  for (const learns of [["backbone", "head"], ["head"]]) {
    const { gradients, aux } = differentiated(detector, variables, { images, truth, random }, {
      ...{ mode: training, learns },
    });
    const losses = await norms(aux.losses);
    ok(Object.values(losses).every(Number.isFinite), JSON.stringify(losses));
    strictEqual(losses.proposals, 0);
    strictEqual(losses.boxes, 0);
    ok(losses.objectness > 0 && losses.classes > 0, "all of it is background");
    for (const [path, norm] of Object.entries(await norms(gradients))) {
      ok(Number.isFinite(norm), `${path}: ${norm}`);
    }
  }
});

Deno.test("fasterRcnn: losses depend on the random numbers, not on chance", async () => {
  const detector = fasterRcnn(small, { ...config, regions: 8 });
  const variables = initial(small, detector), { images, objects } = rectangles(2);
  const count = detector.random(side, side);
  strictEqual(count, 16 * 16 * 6 + 50);
  const lossesOf = async (name: string) => {
    const random = tensor<tf.Tensor2D>(name, [2, count], 0, 1);
    const batch = { images, truth: padded(objects, 2), random };
    const { losses } = detector.loss(variables, batch.images, batch.truth, batch.random, training);
    return await norms(losses);
  };
  deepStrictEqual(await lossesOf("one"), await lossesOf("one"));
  const [one, other] = [await lossesOf("one"), await lossesOf("other")];
  for (const name of ["objectness", "classes"]) ok(one[name] !== other[name], name);
});

Deno.test("r50c4: finds and learns with anchors that are larger than the image", async () => {
  const narrow = { ...resnet50({ stem: "imagenet" }), blocks: [1, 1, 1, 1], width: 2 };
  const detector = fasterRcnn(narrow, { ...r50c4(20), regions: 16 });
  const variables = initial(narrow, detector), images = tensor<tf.Tensor4D>("x", [1, 70, 100, 3]);
  const found = detector.detect(variables, images);
  deepStrictEqual([found.boxes.shape, found.scores.shape], [[1, 100, 4], [1, 100]]);
  const truth = padded([{ boxes: [[10, 10, 60, 70]], labels: [19] }], 1);
  strictEqual(detector.random(70, 100), 2 * 5 * 7 * 15);
  const random = tensor<tf.Tensor2D>("random", [1, 2 * 5 * 7 * 15], 0, 1);
  const { gradients } = differentiated(detector, variables, { images, truth, random }, {
    ...{ mode: training, learns: ["backbone", "head"] },
  });
  for (const [path, norm] of Object.entries(await norms(gradients))) {
    ok(Number.isFinite(norm), `${path}: ${norm}`);
  }
});

Deno.test("fasterRcnn: a backbone of one stage is a clear error", () => {
  throws(() => fasterRcnn({ ...small, blocks: [1] }, config), (error) => {
    ok(error instanceof Problem);
    strictEqual(error.message.split("\n").length, 1);
    return /one stage/.test(error.message);
  });
});

import { deepStrictEqual, ok, strictEqual, throws } from "node:assert/strict";
import { prng } from "../../lib/base/prng.ts";
import {
  jit,
  leaves,
  tf,
  type Tree,
  valueAndGradients,
  withTensors,
} from "../../lib/engine/mod.ts";
import { backbone } from "../../lib/models/backbone.ts";
import type { Truth } from "../../lib/models/detector.ts";
import { fcos } from "../../lib/models/fcos.ts";
import { detections } from "../../lib/models/fcos/detections.ts";
import { featurePyramid } from "../../lib/models/fcos/feature_pyramid.ts";
import { fcosHead } from "../../lib/models/fcos/head.ts";
import { fcosLosses, focalLoss, type Predictions } from "../../lib/models/fcos/loss.ts";
import { type Level, locationsOf, targetsOf } from "../../lib/models/fcos/targets.ts";
import type { ResNetConfig, Stage } from "../../lib/models/resnet.ts";
import vectors from "../vectors/fcos.json" with { type: "json" };
import { close, filled, norms, tensor } from "../vectors/inputs.ts";

const classes = 5;

const levelsOf = (rows: number[][]): Level[] =>
  rows.map(([height, width, stride]) => ({ height, width, stride }));

/** What fcos.py makes a head say. */
function predictionsOf(levels: readonly Level[], n: number): Predictions {
  const p = levels.reduce((sum, { height, width }) => sum + height * width, 0);
  return {
    logits: tensor("logits", [n, p, classes], -4, 2),
    distances: tf.relu(tensor<tf.Tensor3D>("distances", [n, p, 4], -0.5, 3)),
    centerness: tensor("centerness", [n, p, 1], -2, 2).squeeze<tf.Tensor2D>([2]),
  };
}

/** Objects as tensors, with room for more than there are: what is there in their place is none. */
function truthOf(images: { boxes: number[][]; labels: number[] }[], m = 6): Truth {
  const fill = <T>(items: T[], nothing: T) => [...items, ...Array(m - items.length).fill(nothing)];
  return {
    boxes: tf.tensor3d(images.map(({ boxes }) => fill(boxes, [20, 20, 30, 30]))),
    labels: tf.tensor2d(images.map(({ labels }) => fill(labels, -1)), undefined, "int32"),
  };
}

Deno.test("FCOS: targets, losses and gradients equal torchvision's", async () => {
  for (const { name, levels: rows, truths, matched, ...expected } of vectors.losses) {
    const levels = levelsOf(rows), truth = truthOf(truths);
    const graded = jit((predictions: Predictions, truth: Truth) => {
      const locations = locationsOf(levels), targets = targetsOf(truth, locations);
      return valueAndGradients((predictions: Predictions) => {
        const losses = fcosLosses(predictions, targets, locations);
        const value = tf.addN(Object.values(losses)) as tf.Scalar;
        return { value, aux: { losses, labels: targets.labels, boxes: targets.boxes } };
      }, predictions);
    });
    const { gradients, aux } = graded(predictionsOf(levels, truths.length), truth);
    const labels = matched.map((indices, i) =>
      indices.map((object) => object < 0 ? -1 : truths[i].labels[object])
    );
    deepStrictEqual(await aux.labels.array(), labels, name);
    const boxes = await aux.boxes.array();
    matched.forEach((indices, i) =>
      indices.forEach((object, at) => {
        if (object >= 0) close(boxes[i][at], truths[i].boxes[object] as number[], 1e-6, name);
      })
    );
    const { classification, bbox_regression, bbox_ctrness } = expected.losses;
    const { losses } = aux;
    close(await losses.classification.data(), [classification], 1e-5, `${name}: classification`);
    close(await losses.regression.data(), [bbox_regression], 1e-5, `${name}: regression`);
    close(await losses.centerness.data(), [bbox_ctrness], 1e-5, `${name}: centre-ness`);
    const found = await norms(gradients);
    const { cls_logits, bbox_regression: toBoxes, bbox_ctrness: toCentres } =
      expected.gradientNorms;
    close([found.logits], [cls_logits], 1e-5, `${name}: gradient of logits`);
    close([found.distances], [toBoxes], 1e-4, `${name}: gradient of distances`);
    close([found.centerness], [toCentres], 1e-4, `${name}: gradient of centre-ness`);
  }
});

Deno.test("FCOS: the smaller of two objects takes a location, however little smaller", async () => {
  const levels = levelsOf([[16, 16, 4]]);
  const boxes = [0.01, 0, 0.02].map((more) => [20 - more, 20, 40 + more, 40]);
  const { labels } = targetsOf(truthOf([{ boxes, labels: [0, 1, 2] }]), locationsOf(levels));
  deepStrictEqual([...new Set(await labels.data())].sort(), [-1, 1]);
});

Deno.test("FCOS: detections equal torchvision's", async () => {
  for (const { levels: rows, size: [height, width], options, found } of vectors.detections) {
    const levels = levelsOf(rows);
    const choice = {
      least: options.score_thresh,
      candidates: options.topk_candidates,
      overlap: options.nms_thresh,
      limit: options.detections_per_img,
    };
    const find = jit((predictions: Predictions) => {
      const places = { levels, locations: locationsOf(levels), size: { height, width } };
      return detections(predictions, places, choice);
    });
    const actual = find(predictionsOf(levels, found.length));
    for (const [i, { boxes, scores, labels }] of found.entries()) {
      const k = scores.length;
      const own = <T extends tf.Tensor>(x: T) => tf.unstack(x)[i];
      const scoresFound = await own(actual.scores).data();
      close(scoresFound.subarray(0, k), scores, 1e-5, "scores");
      ok(scoresFound.subarray(k).every((score) => score === 0), "more than torchvision's");
      close((await own(actual.boxes).data()).subarray(0, 4 * k), boxes, 1e-5, "boxes");
      deepStrictEqual([...(await own(actual.labels).data()).subarray(0, k)], labels);
    }
  }
});

Deno.test("focal loss: at 0, at the largest logits, and its gradient at 0", async () => {
  const logits = tf.tensor1d([0, 0, 80, -80, 80]), targets = tf.tensor1d([1, 0, 1, 0, 0]);
  const { gradients, aux } = valueAndGradients((x) => {
    const loss = focalLoss(x, targets);
    return { value: loss.sum() as tf.Scalar, aux: loss };
  }, logits as tf.Tensor);
  close(await aux.data(), [0.25 * 0.25 * Math.LN2, 0.75 * 0.25 * Math.LN2, 0, 0, 60], 1e-6, "loss");
  const slope = -0.25 * (0.125 + 0.25 * Math.LN2); // of (1 - p)² log p at p = 1/2
  close(await gradients.data(), [slope, -3 * slope, 0, 0, 0.75], 1e-6, "gradient");
});

Deno.test("the feature pyramid equals torchvision's, also where sides do not halve", async () => {
  const { channels, widths, sides, maps } = vectors.pyramid;
  const stages = widths.map((width) => ({ channels: width }) as Stage);
  const inputs = sides.map((side, i) =>
    tensor<tf.Tensor4D>(`map ${i}`, [2, side, side, widths[i]])
  );
  for (const levels of [1, 3]) {
    const pyramid = featurePyramid(stages, { channels, levels });
    const { params, stats } = pyramid.init(prng(1));
    const actual = pyramid.apply({ params: filled(params), stats }, inputs);
    strictEqual(actual.length, levels);
    for (const [i, map] of actual.entries()) close(await map.data(), maps[i], 1e-4, `map ${i}`);
  }
});

/** Weights by torchvision's names, which are other ones here. */
function filledAsTorch(params: Tree): Tree {
  const names: Record<string, string> = {
    class_tower: "classification_head.conv",
    box_tower: "regression_head.conv",
    cls_logits: "classification_head.cls_logits",
    bbox_reg: "regression_head.bbox_reg",
    bbox_ctrness: "regression_head.bbox_ctrness",
  };
  const weights = leaves(params).map(([path, leaf]) => {
    const [part, ...rest] = path.slice(1).split(".");
    const key = [names[part], ...rest].join(".");
    return (filled({ [key]: leaf }) as Record<string, tf.Tensor>)[key];
  });
  return withTensors(params, weights);
}

Deno.test("the head equals torchvision's on two levels", async () => {
  const { sides, convs, ...expected } = vectors.head;
  const head = fcosHead({ classes, channels: 16, convs });
  const { params, stats } = head.init(prng(1));
  const maps = sides.map((side, i) => tensor<tf.Tensor4D>(`map ${i}`, [2, side, side, 16]));
  const actual = head.apply({ params: filledAsTorch(params), stats }, maps);
  close(await actual.logits.data(), expected.logits, 1e-4, "logits");
  close(await actual.distances.data(), expected.distances, 1e-4, "distances");
  close(await actual.centerness.data(), expected.centerness, 1e-4, "centre-ness");
});

const small: ResNetConfig = {
  ...{ architecture: "resnet", block: "basic", blocks: [1, 1, 1], width: 8, stem: "strided" },
};

Deno.test("fcos: every variable learns; frozen statistics stay, training ones move", async () => {
  const detector = fcos(small, { classes, stage: 2, levels: 2, channels: 16, convs: 1 });
  const pretrained = backbone(small).init(prng(1)), head = detector.init(prng(2));
  strictEqual(detector.random(32, 32), 0);
  const stats = { backbone: pretrained.stats, head: head.stats };
  const images = tensor<tf.Tensor4D>("images", [2, 32, 32, 3]);
  const truth = truthOf([
    { boxes: [[4, 4, 20, 20]], labels: [1] },
    { boxes: [], labels: [] },
  ]);
  for (const training of [false, true]) {
    const { gradients, aux } = valueAndGradients((params: Record<string, Tree>) => {
      const mode = { backbone: { training }, head: { training: true } };
      const variables = {
        params: { backbone: pretrained.params, ...params },
        stats,
      };
      const { losses, stats: after } = detector.loss(
        ...[variables, images, truth, tf.zeros([2, 0]) as tf.Tensor2D, mode] as const,
      );
      return { value: tf.addN(Object.values(losses)) as tf.Scalar, aux: after };
    }, training ? { backbone: pretrained.params, head: head.params } : { head: head.params });
    for (const [path, norm] of Object.entries(await norms(gradients))) {
      ok(norm > 0, `${path} does not learn`);
    }
    const before = leaves(stats), after = leaves(aux);
    deepStrictEqual(after.map(([path]) => path), before.map(([path]) => path));
    for (const [i, [path, leaf]] of after.entries()) {
      const moved = leaf.sub(before[i][1]).abs().max().dataSync()[0] > 0;
      strictEqual(moved, training, path);
    }
  }
});

Deno.test("fcos: levels that the backbone has not, or odd channels, are a clear error", () => {
  const config = { classes, stage: 3, levels: 2, channels: 16, convs: 1 };
  throws(() => fcos(small, config), /2 levels from stage 3 on, but the backbone has 3 stages/);
  throws(() => fcos(small, { ...config, stage: 0 }), /from stage 0 on/);
  throws(() => fcos(small, { ...config, levels: 1, channels: 12 }), /12 channels.*multiple of 8/);
});

/**
 * Faster R-CNN on a residual network whose last stage works on regions ("C4"): the detector by
 * which representations have been compared on PASCAL VOC since MoCo.
 */
import { Problem } from "../base/problem.ts";
import { tf } from "../engine/mod.ts";
import { branch, chain, initAll } from "./compose.ts";
import type { Detector, Truth } from "./detector.ts";
import { anchors as anchorsOf, anchorsAPlace, type AnchorShapes } from "./faster_rcnn/anchors.ts";
import {
  drawRegions,
  findObjects,
  regionClasses,
  regionLosses,
} from "./faster_rcnn/region_classes.ts";
import {
  type Limits,
  proposalLosses,
  proposalNetwork,
  type Proposals,
  propose,
  type Proposed,
} from "./faster_rcnn/region_proposals.ts";
import { roiAlign } from "./faster_rcnn/roi_align.ts";
import { batchNorm } from "./layers.ts";
import type { Branch, Layer, Mode, Variables } from "./model.ts";
import { featureMaps, type ResNetConfig, stagesOf } from "./resnet.ts";

/** A Faster R-CNN; a plain JSON value. */
export type FasterRcnnConfig = {
  classes: number;
  anchors: AnchorShapes;
  /** How many regions of an image are proposed. */
  proposals: Record<"training" | "detection", Limits>;
  /** Regions of an image that the classes are learned from. */
  regions: number;
  /** Pixels a side of the regions' maps, which the last stage halves. */
  pooled: number;
  /** Batch norm behind the last stage, as MoCo has it ("Res5ROIHeadsExtraNorm"). */
  extraNorm: boolean;
  /** Boxes that are off by less are pulled more weakly; 0 in detectron2, 1/9 in torchvision. */
  smoothing: number;
};

/**
 * The detector that MoCo's authors train on VOC 2007 + 2012 with detectron2, on a
 * `resnet50({ stem: "imagenet" })`; {@link vocSchedule} tells of its training.
 *
 * @see facebookresearch/moco, detection/configs/pascal_voc_R_50_C4_24k.yaml and
 *   Base-RCNN-C4-BN.yaml; what these leave open: facebookresearch/detectron2, config/defaults.py
 */
export function r50c4(classes: number): FasterRcnnConfig {
  return {
    classes,
    anchors: { sizes: [32, 64, 128, 256, 512], ratios: [0.5, 1, 2] },
    proposals: {
      training: { before: 12_000, after: 2_000 },
      detection: { before: 6_000, after: 1_000 },
    },
    regions: 512,
    pooled: 14,
    extraNorm: true,
    smoothing: 0,
  };
}

/**
 * What the same sources say of its training on VOC 2007 + 2012 trainval. Beyond that, theirs has images
 * of 480 to 800 pixels and a rate that falls to a tenth at steps 18,000 and 22,000; `trainDetector`
 * knows one size and half a cosine.
 */
export const vocSchedule = {
  /** Stochastic gradient descent; the decay is of all weights but those of batch norm. */
  optimizer: { rate: 0.02, momentum: 0.9, weightDecay: 1e-4 },
  /** Images, over all devices. */
  batch: 16,
  steps: 24_000,
  /** Steps in which the rate rises linearly. */
  warmup: 100,
} as const;

/**
 * Faster R-CNN: a network proposes regions on the map of all stages but the last; each region's
 * part of the map is resized, goes through the last stage and is averaged; of these features two
 * linear layers make its class and its box. The losses are `objectness` and `proposals` of the
 * regions, `classes` and `boxes` of what they hold.
 *
 * An image with fewer regions than `regions` fills up with empty ones: no loss counts them, but the
 * batch norm of the last stage does.
 *
 * @throws {Problem} where the backbone has one stage only
 * @see Ren et al. 2015, "Faster R-CNN" (arXiv 1506.01497); He et al. 2020, MoCo, section 4.2.1
 *   (arXiv 1911.05722)
 * @example
 * ```ts
 * import { prng } from "../base/prng.ts";
 * import { backbone } from "./backbone.ts";
 * import { resnet50 } from "./presets.ts";
 * const config = { ...resnet50({ stem: "imagenet" }), blocks: [1, 1, 1, 1], width: 2 };
 * const detector = fasterRcnn(config, r50c4(20));
 * const pretrained = backbone(config).init(prng(1)); // or importWeights(config, …)
 * const head = detector.init(prng(1));
 * ```
 */
export function fasterRcnn(backbone: ResNetConfig, config: FasterRcnnConfig): Detector {
  if (backbone.blocks.length < 2) {
    throw new Problem(
      "fasterRcnn: the backbone has one stage only, and the last is for the regions",
    );
  }
  const first = firstHalf(backbone, config), second = secondHalf(backbone, config);
  const { training, detection } = config.proposals;
  return {
    classes: config.classes,
    init: initAll({ rpn: first.network, ...second.networks }),
    random: (height, width) => {
      const anchors = first.anchors(height, width);
      // One for each anchor, and one for each region that is proposed.
      return anchors + Math.min(training.before, training.after, anchors);
    },
    loss: (variables, images, truth, random, mode) => {
      const seen = first.apply(variables, images, training, mode.backbone);
      const { anchors, regions } = shareOut(random, seen, truth);
      const drawn = drawRegions(seen.proposals, truth, { ...config, random: regions });
      const { classified, stats } = second.apply(variables, seen, drawn.boxes, mode);
      const { smoothing } = config;
      return {
        losses: {
          ...proposalLosses(seen.proposed, { ...seen, truth, random: anchors, smoothing }),
          ...regionLosses(classified, drawn, smoothing),
        },
        stats,
      };
    },
    detect: (variables, images) => {
      const mode = { backbone: { training: false }, head: { training: false } };
      const seen = first.apply(variables, images, detection, mode.backbone);
      const { classified } = second.apply(variables, seen, seen.proposals.boxes, mode);
      return findObjects(classified, seen.proposals, seen.image);
    },
  };
}

/** What the first half finds in images. */
type Seen = {
  image: { height: number; width: number };
  map: tf.Tensor4D;
  anchors: tf.Tensor2D;
  proposed: Proposed;
  proposals: Proposals;
  /** Of the backbone. */
  stats: Branch;
};

/** From images to regions. */
function firstHalf(backbone: ResNetConfig, config: FasterRcnnConfig) {
  const trunk = featureMaps(backbone, backbone.blocks.length - 1);
  const { channels, stride } = trunk.stages.at(-1)!;
  const network = proposalNetwork(channels, anchorsAPlace(config.anchors));
  return {
    network,
    /** How many an image has. */
    anchors: (height: number, width: number) =>
      Math.ceil(height / stride) * Math.ceil(width / stride) * anchorsAPlace(config.anchors),
    apply: (variables: Variables, images: tf.Tensor4D, limits: Limits, mode: Mode): Seen => {
      const [, height, width] = images.shape, image = { height, width };
      const { maps, stats } = trunk.apply(branch(variables, "backbone"), images, mode);
      const map = maps.at(-1)!, [, rows, columns] = map.shape;
      const anchors = anchorsOf(config.anchors, { height: rows, width: columns, stride });
      const proposed = network.apply(branch(branch(variables, "head"), "rpn"), map);
      const proposals = propose(proposed, anchors, { image, ...limits });
      return { image, map, anchors, proposed, proposals, stats: stats as Branch };
    },
  };
}

/** From regions to classes and boxes. */
function secondHalf(backbone: ResNetConfig, { classes, pooled, extraNorm }: FasterRcnnConfig) {
  const [before, last] = stagesOf(backbone).slice(-2);
  const predictor = regionClasses(last.channels, classes);
  const norm: Record<string, Layer> = extraNorm ? { norm: batchNorm(last.channels) } : {};
  return {
    networks: { ...norm, box_predictor: predictor },
    apply: (
      variables: Variables,
      { map, stats }: Seen,
      boxes: tf.Tensor3D,
      mode: { backbone: Mode; head: Mode },
    ) => {
      const regions = roiAlign(map, boxes, { size: pooled, stride: before.stride });
      const own = branch(branch(variables, "backbone"), last.name);
      const stage = last.layer.apply(own, regions, mode.backbone);
      const head = branch(variables, "head");
      const normed = chain(norm).apply(head, stage.y, mode.head);
      const features = tf.mean<tf.Tensor4D>(normed.y, [1, 2], true); // [n * r, 1, 1, features]
      return {
        classified: predictor.apply(branch(head, "box_predictor"), features, map.shape[0]),
        stats: {
          backbone: { ...stats, [last.name]: stage.stats },
          head: { ...head.stats as Branch, ...normed.stats as Branch },
        },
      };
    },
  };
}

/**
 * One number for each anchor, and for each region: the proposals, and the objects, which take those
 * of the first anchors once more. Both draws are of different boxes.
 */
function shareOut(random: tf.Tensor2D, { anchors }: Seen, { labels: { shape: [n, m] } }: Truth) {
  const k = anchors.shape[0];
  const ofAnchors = random.slice([0, 0], [n, k]);
  const ofProposals = random.slice([0, k], [n, random.shape[1] - k]);
  return {
    anchors: ofAnchors,
    regions: tf.concat([ofProposals, ofAnchors.slice([0, 0], [n, m])], 1),
  };
}

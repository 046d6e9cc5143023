/** FCOS: a detector that predicts a box at each location of feature maps, without anchors. */
import { Problem } from "../base/problem.ts";
import type { tf } from "../engine/mod.ts";
import { branch, initAll } from "./compose.ts";
import type { Detector } from "./detector.ts";
import { detections } from "./fcos/detections.ts";
import { fcosHead } from "./fcos/head.ts";
import { fcosLosses } from "./fcos/loss.ts";
import { type Level, locationsOf, targetsOf } from "./fcos/targets.ts";
import { featurePyramid } from "./fcos/feature_pyramid.ts";
import type { Branch, Mode, Variables } from "./model.ts";
import { featureMaps, type ResNetConfig } from "./resnet.ts";

/** An FCOS head; plain JSON. */
export type FcosConfig = {
  classes: number;
  /**
   * The first of the backbone's stages whose resolution boxes are predicted at, from 1; deeper ones
   * add what they know.
   */
  stage: number;
  /** How many levels, from that stage on, boxes are predicted at. */
  levels: number;
  /** Of the feature pyramid and of the head; a multiple of 8. */
  channels: number;
  /** Convolutions of each of the head's towers; 4 in the paper. */
  convs: number;
};

/**
 * FCOS on a residual network and a feature pyramid. The paper's levels are of strides 8 … 128; for
 * images of 32-64 px, one or two of stride 4 and 8 suffice.
 *
 * @throws {Problem} where the backbone has no such stages, or channels are no multiple of 8
 * @see Tian et al. 2019, "FCOS: Fully Convolutional One-Stage Object Detection" (arXiv 1904.01355);
 *   all but the pyramid's depth is torchvision's `FCOS`
 * @example
 * ```ts
 * import { prng } from "../base/prng.ts";
 * import { backbone } from "./backbone.ts";
 * import type { ResNetConfig } from "./resnet.ts";
 * const config: ResNetConfig = {
 *   architecture: "resnet", block: "basic", blocks: [1, 1, 1], width: 8, stem: "strided",
 * };
 * const detector = fcos(config, { classes: 10, stage: 2, levels: 2, channels: 32, convs: 2 });
 * const pretrained = backbone(config).init(prng(1)); // or importWeights(config, …)
 * const head = detector.init(prng(1));
 * ```
 */
export function fcos(backbone: ResNetConfig, config: FcosConfig): Detector {
  checkConfig(backbone, config);
  const maps = featureMaps(backbone);
  const stages = maps.stages.slice(config.stage - 1);
  const pyramid = featurePyramid(stages, config), head = fcosHead(config);
  const predict = (variables: Variables, images: tf.Tensor4D, mode: Mode) => {
    const seen = maps.apply(branch(variables, "backbone"), images, mode);
    const own = branch(variables, "head");
    const merged = pyramid.apply(branch(own, "fpn"), seen.maps.slice(config.stage - 1));
    const levels = merged.map(({ shape: [, height, width] }, i): Level => ({
      ...{ height, width },
      stride: stages[i].stride,
    }));
    const predictions = head.apply(branch(own, "head"), merged);
    return { predictions, levels, locations: locationsOf(levels), stats: seen.stats };
  };
  return {
    classes: config.classes,
    init: initAll({ fpn: pyramid, head }),
    random: () => 0,
    loss: (variables, images, truth, _random, mode) => {
      const { predictions, locations, stats } = predict(variables, images, mode.backbone);
      return {
        losses: fcosLosses(predictions, targetsOf(truth, locations), locations),
        stats: { ...variables.stats as Branch, backbone: stats },
      };
    },
    detect: (variables, images) => {
      const { predictions, levels, locations } = predict(variables, images, { training: false });
      const [, height, width] = images.shape;
      return detections(predictions, { levels, locations, size: { height, width } });
    },
  };
}

function checkConfig({ blocks }: ResNetConfig, { stage, levels, channels }: FcosConfig): void {
  if (stage < 1 || levels < 1 || stage + levels - 1 > blocks.length) {
    throw new Problem(
      `fcos: ${levels} levels from stage ${stage} on, but the backbone has ${blocks.length} ` +
        "stages: ask for fewer levels or an earlier stage",
    );
  }
  if (channels % 8 !== 0) {
    throw new Problem(`fcos: ${channels} channels, choose a multiple of 8`);
  }
}

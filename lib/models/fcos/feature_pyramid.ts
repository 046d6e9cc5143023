/** A feature pyramid: what deep layers know of the whole, at the resolution of earlier ones. */
import { tf } from "../../engine/mod.ts";
import { branch, chain } from "../compose.ts";
import { conv } from "../layers.ts";
import type { Layer, Variables } from "../model.ts";
import type { Stage } from "../resnet.ts";

/**
 * Maps of one width from those of a backbone's stages, as torchvision's FeaturePyramidNetwork makes
 * them: a 1x1 convolution of each, to which the next deeper result is added, as large by repeating
 * pixels; then a 3x3 convolution. Names are torchvision's. Weights start with the variance that
 * torchvision's have, 1 / inputs of a product, but normal.
 *
 * @param stages of neighbouring resolutions, the finest first
 * @param options.levels how many maps are made, the finest first; the deeper stages add to them
 * @see Lin et al. 2017, "Feature Pyramid Networks for Object Detection", section 3 (arXiv 1612.03144)
 */
export function featurePyramid(
  stages: readonly Stage[],
  { channels, levels }: { channels: number; levels: number },
): {
  init: Layer["init"];
  /** @param maps of the stages, [n, height, width, c] */
  apply(variables: Variables, maps: tf.Tensor4D[]): tf.Tensor4D[];
} {
  const block = (kernel: number, inputs: number) => {
    const deviation = Math.sqrt(1 / (kernel * kernel * inputs));
    return chain({ 0: conv(inputs, channels, { kernel, deviation, bias: 0 }) });
  };
  const inner = stages.map((stage) => block(1, stage.channels));
  const outer = stages.slice(0, levels).map(() => block(3, channels));
  const parts = {
    inner_blocks: chain(Object.fromEntries(inner.entries())),
    layer_blocks: chain(Object.fromEntries(outer.entries())),
  };
  return {
    init: chain(parts).init,
    apply: (variables, maps) => {
      const lateral = through(inner, branch(variables, "inner_blocks"));
      const last = through(outer, branch(variables, "layer_blocks"));
      const merged: tf.Tensor4D[] = [];
      for (let i = maps.length - 1; i >= 0; i--) {
        const map = lateral(maps[i], i), deeper = merged[0];
        const size = map.shape.slice(1, 3) as [number, number];
        merged.unshift(deeper ? map.add(tf.image.resizeNearestNeighbor(deeper, size)) : map);
      }
      return merged.slice(0, levels).map(last);
    },
  };
}

const through = (blocks: Layer[], variables: Variables) => (x: tf.Tensor, i: number) =>
  blocks[i].apply(branch(variables, `${i}`), x, { training: true }).y as tf.Tensor4D;

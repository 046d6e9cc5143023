/** Vision transformers as timm builds them, with the options of MoCo v3. */
import { Problem } from "../base/problem.ts";
import type { tf } from "../engine/mod.ts";
import { encoderBlock } from "./attention.ts";
import { branch, chain } from "./compose.ts";
import { layerNorm } from "./layers.ts";
import type { Branch, Model } from "./model.ts";
import { embedding, type EmbeddingConfig } from "./vit_embedding.ts";

/** A vision transformer; a plain JSON value. */
export type VitConfig = EmbeddingConfig & {
  architecture: "vit";
  /** Encoder blocks. */
  depth: number;
  /** Attention heads of each block; they divide the width. */
  heads: number;
};

/**
 * A vision transformer on images [n, height, width, 3] to the class token [n, width] behind the
 * final norm, as timm's with `num_classes=0`: names, blocks with norms in front, exact GELU.
 *
 * Weights start as in MoCo v3: linear layers and patches by Xavier's uniform bound (q, k and v on
 * their own), biases at 0, the class token normal at 1e-6. Learned positions start normal at .02, as
 * timm's. What is fixed (sincos positions, frozen patches) is part of `stats`, where no optimizer
 * sees it, yet is copied, exported and imported as the rest.
 *
 * @throws {Problem} where sizes do not divide, or images do not fit
 * @see Dosovitskiy et al. 2021, "An Image is Worth 16x16 Words" (arXiv 2010.11929); Chen et al.
 *   2021, "An Empirical Study of Training Self-Supervised Vision Transformers", 4.2 (2104.02057)
 * @example
 * ```ts
 * import { strictEqual } from "node:assert/strict";
 * const model = vit({
 *   architecture: "vit", imageSize: 32, patch: 4, width: 24, depth: 2, heads: 3, positions: "sincos",
 * });
 * strictEqual(model.features, 24);
 * ```
 */
export function vit(config: VitConfig): Model {
  checkSizes(config);
  const { width, depth, heads } = config;
  const block = encoderBlock(width, heads);
  const blocks = chain(Object.fromEntries(Array.from({ length: depth }, (_, i) => [i, block])));
  const norm = layerNorm(width);
  const encoder = chain({ blocks, norm });
  const embed = embedding(config);
  return {
    features: width,
    init: (prng) => {
      const [first, rest] = [embed.init(prng), encoder.init(prng)];
      return {
        params: { ...first.params as Branch, ...rest.params as Branch },
        stats: { ...first.stats as Branch, ...rest.stats as Branch },
      };
    },
    apply: (variables, images, mode) => {
      const tokens = embed.apply(variables, images, mode).y; // [n, 1 + patches, width]
      const { y } = blocks.apply(branch(variables, "blocks"), tokens, mode);
      const first = y.slice([0, 0, 0], [-1, 1, -1]).reshape([-1, width]); // a norm is a token's own
      const features = norm.apply(branch(variables, "norm"), first, mode).y as tf.Tensor2D;
      return { y: features, stats: variables.stats }; // no statistics run along
    },
  };
}

function checkSizes({ imageSize, patch, width, heads }: VitConfig): void {
  if (imageSize % patch !== 0) {
    throw new Problem(`vit: images of ${imageSize} px are no whole number of ${patch} px patches`);
  }
  if (width % heads !== 0 || width % 4 !== 0) {
    throw new Problem(`vit: width ${width} is no multiple of its ${heads} heads and of 4`);
  }
}

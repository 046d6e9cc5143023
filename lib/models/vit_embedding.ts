/** From images to tokens: patches, the class token, and where each lies. */
import { Problem } from "../base/problem.ts";
import { tf } from "../engine/mod.ts";
import { normal, uniform, xavier } from "./initial.ts";
import type { Branch, Layer } from "./model.ts";
import { type Grid, sineCosine } from "./vit_positions.ts";

/** What tokens are made of. */
export type EmbeddingConfig = {
  /** Pixels a side of the images that it is made for. */
  imageSize: number;
  /** Pixels a side of a patch. */
  patch: number;
  /** Numbers a token; a multiple of 4. */
  width: number;
  /** An embedding that is learned, for images of that size only, or the fixed one of MoCo v3. */
  positions: "learned" | "sincos";
  /** Leave the projection of the patches as it is drawn, which steadies training. */
  frozenPatches?: boolean;
};

/**
 * Images [n, height, width, 3] to tokens [n, 1 + patches, width]: the class token and a linear map
 * of every patch, row by row, each plus its position.
 *
 * What is fixed is in `stats`: the positions unless they are learned, the projection if it is frozen.
 *
 * @see Dosovitskiy et al. 2021, "An Image is Worth 16x16 Words", eq. 1 (arXiv 2010.11929)
 */
export function embedding(config: EmbeddingConfig): Layer {
  const { imageSize, patch, width, positions, frozenPatches } = config;
  const side = imageSize / patch;
  const learned = positions === "learned";
  return {
    init: (prng) => {
      const bound = xavier(patch * patch * 3, width);
      const weight = uniform(prng.fork("patch_embed"), [patch, patch, 3, width], bound);
      const patch_embed = { proj: { weight, bias: tf.zeros([width]) } };
      const cls_token = normal(prng.fork("cls_token"), [1, 1, width], 1e-6);
      const pos_embed = learned
        ? normal(prng.fork("pos_embed"), [1, 1 + side * side, width], 0.02)
        : sineCosine([side, side], side, width);
      return {
        params: {
          cls_token,
          ...(learned ? { pos_embed } : {}),
          ...(frozenPatches ? {} : { patch_embed }),
        },
        stats: { ...(learned ? {} : { pos_embed }), ...(frozenPatches ? { patch_embed } : {}) },
      };
    },
    apply: (variables, x) => {
      const all = { ...variables.params as Branch, ...variables.stats as Branch };
      const [n, height, across] = x.shape;
      const grid: Grid = [height / patch, across / patch];
      checkGrid(grid, x.shape, config);
      const { weight, bias } = (all.patch_embed as Branch).proj as Record<string, tf.Tensor>;
      const patches = tf.conv2d(x as tf.Tensor4D, weight as tf.Tensor4D, patch, "valid").add(bias)
        .reshape([n, grid[0] * grid[1], width]);
      const token = tf.zeros([n, 1, width]).add(all.cls_token as tf.Tensor);
      const usual = grid.every((count) => count === side);
      const where = usual ? all.pos_embed as tf.Tensor3D : sineCosine(grid, side, width);
      return { y: tf.concat([token, patches], 1).add(where), stats: variables.stats };
    },
  };
}

function checkGrid(
  grid: Grid,
  shape: number[],
  { imageSize, patch, positions }: EmbeddingConfig,
): void {
  const images = `images of ${shape[1]} x ${shape[2]} px`;
  if (!grid.every(Number.isInteger)) {
    throw new Problem(`vit: ${images} are no whole number of ${patch} px patches`);
  }
  if (positions === "learned" && grid.some((count) => count !== imageSize / patch)) {
    throw new Problem(
      `vit: ${images} have no learned positions, which are of ${imageSize} px; ` +
        'use that size, or positions "sincos"',
    );
  }
}

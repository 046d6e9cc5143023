/** Random views of a data set's images, as batches for a network. */
import { Problem } from "../base/problem.ts";
import type { Prng } from "../base/prng.ts";
import type { Dataset, Image } from "../datasets/dataset.ts";
import { jit, type Jitted, orDispose, tf } from "../engine/mod.ts";
import { drawViews } from "./parameters.ts";
import { renderViews } from "./pixels.ts";
import type { Policy } from "./policy.ts";
import { rowLength, toRows } from "./rows.ts";

/** What views are made of: any data set, or anything else that has images. */
export type Images = Pick<Dataset, "name" | "image">;

/**
 * Makes one view of each indexed image, [n, size, size, 3], normalised by ImageNet's statistics.
 * The caller disposes of it.
 *
 * @throws {Problem} where the images of a batch differ in size
 */
export type Views = (
  images: Images,
  indices: ArrayLike<number>,
  prng: Prng,
) => Promise<tf.Tensor4D>;

/**
 * The views of a policy. The first batch of each size of batch and image compiles for seconds, once
 * in a process: keep batches of one size.
 *
 * @example
 * ```ts
 * import { deepStrictEqual } from "node:assert/strict";
 * import { prng } from "../base/prng.ts";
 * import { simclr } from "./policy.ts";
 * const grey = { data: new Uint8Array(3 * 64 * 64).fill(128), height: 64, width: 64 };
 * const views = makeViews(simclr(32));
 * const batch = await views({ name: "grey", image: () => grey }, [0, 1], prng(1).fork("anchor"));
 * deepStrictEqual(batch.shape, [2, 32, 32, 3]);
 * batch.dispose();
 * ```
 */
export function makeViews(policy: Policy): Views {
  const render = renderer(policy.size);
  return async (images, indices, prng) => {
    const n = indices.length;
    const { data, height, width } = gather(images, indices);
    const parameters = drawViews(policy, prng, { height, width }, n);
    const pixels = tf.tensor4d(data, [n, 3, height, width]);
    const rows = tf.tensor2d(toRows(parameters), [n, rowLength]);
    try {
      return await render.async(pixels, rows);
    } finally {
      tf.dispose([pixels, rows]);
    }
  };
}

type Renderer = Jitted<[tf.Tensor4D, tf.Tensor2D], tf.Tensor4D>;

const renderers = new Map<number, Renderer>();

/** One for each size of view in a process: compiling takes seconds, and policies share the code. */
function renderer(size: number): Renderer {
  const compile = () =>
    jit((images: tf.Tensor4D, rows: tf.Tensor2D) => renderViews(images, rows, size), { xla: true });
  if (!renderers.has(size)) renderers.set(size, compile());
  return renderers.get(size)!;
}

/**
 * Views of both images of each pair. Anchors and partners draw from generators of their own, so the
 * anchors' views are the same whoever their partners are.
 */
export async function pairViews(
  views: Views,
  images: Images,
  { anchors, partners }: { anchors: ArrayLike<number>; partners: ArrayLike<number> },
  prng: Prng,
): Promise<{ anchor: tf.Tensor4D; partner: tf.Tensor4D }> {
  const anchor = await views(images, anchors, prng.fork("anchor"));
  const partner = await orDispose(anchor, () => views(images, partners, prng.fork("partner")));
  return { anchor, partner };
}

/** The bytes of images of one size as numbers, [n, 3, height, width]. */
function gather(
  images: Images,
  indices: ArrayLike<number>,
): { data: Float32Array; height: number; width: number } {
  if (indices.length === 0) throw new Problem(`${images.name}: a batch of no images has no views`);
  const batch = Array.from(indices, (i): Image => images.image(i));
  const { height, width } = batch[0];
  const data = new Float32Array(batch.length * 3 * height * width);
  batch.forEach((image, at) => {
    if (image.height !== height || image.width !== width) {
      throw new Problem(
        `${images.name}: image ${indices[at]} is ${image.width} x ${image.height} px, image ` +
          `${indices[0]} is ${width} x ${height} px: resize the data set to one size first`,
      );
    }
    data.set(image.data, at * 3 * height * width);
  });
  return { data, height, width };
}

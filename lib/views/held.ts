/** Views of images that are held in memory. */
import { Problem } from "../base/problem.ts";
import type { Prng } from "../base/prng.ts";
import { bytesToFloat, byteTensor, engineInfo, jit, type Jitted, tf } from "../engine/mod.ts";
import { filled, firstOf } from "./fill.ts";
import { renderGroups } from "./groups.ts";
import { drawViews } from "./parameters.ts";
import { renderViews } from "./pixels.ts";
import type { Policy } from "./policy.ts";
import { rowLength, toRows } from "./rows.ts";
import type { Images, Part } from "./views.ts";

/** Views of a part of the images of those indices; all draw from the generator. */
export type MakeViews = (
  images: Images,
  indices: number[],
  prng: Prng,
  part: Part,
) => Promise<tf.Tensor4D>;

/**
 * XLA works out a plane's mean anew for each of its pixels where the planes of a whole batch have
 * fewer pixels than this: hundreds of times the work. Smaller batches are filled up.
 */
const fewestPixels = 32 * 1024;

/** Renders batches as a whole. */
export function heldViews(policy: Policy): MakeViews {
  const { size } = policy;
  const render = renderer(size);
  const least = engineInfo().name === "tensorflow" ? Math.ceil(fewestPixels / size ** 2) : 1;
  return async (images, indices, prng, { from, until }) => {
    const n = until - from, length = Math.max(n, least);
    const { bytes, height, width } = gather(images, indices.slice(from, until), length);
    const drawn = drawViews(policy, prng, { height, width }, indices.length).slice(from, until);
    const parameters = filled(drawn, length);
    const pixels = byteTensor(bytes, [length, 3, height, width]) as tf.Tensor4D;
    const rows = tf.tensor2d(toRows(parameters), [length, rowLength]);
    try {
      return firstOf(await render.async(pixels, rows), n);
    } finally {
      tf.dispose([pixels, rows]);
    }
  };
}

/** The same for large views, in groups. */
export function largeHeldViews(policy: Policy): MakeViews {
  return async (images, indices, prng, { from, until }) => {
    const n = until - from;
    const { bytes, height, width } = gather(images, indices.slice(from, until), n);
    const extent = { height, width };
    const pixels = byteTensor(bytes, [n, 3, 1, height, width]);
    try {
      return await renderGroups(policy, {
        ...{ pixels, kind: "planar" },
        extents: Array(n).fill(extent),
        frames: Array(n).fill({ top: 0, left: 0, ...extent }),
      }, drawViews(policy, prng, extent, indices.length).slice(from, until));
    } finally {
      pixels.dispose();
    }
  };
}

type Renderer = Jitted<[tf.Tensor4D, tf.Tensor2D], tf.Tensor4D>;

const renderers = new Map<number, Renderer>();

/** One for each size of view in a process: compiling takes seconds, and policies share the code. */
function renderer(size: number): Renderer {
  const compile = () =>
    jit(
      (bytes: tf.Tensor4D, rows: tf.Tensor2D) => renderViews(bytesToFloat(bytes), rows, size),
      { xla: true },
    );
  if (!renderers.has(size)) renderers.set(size, compile());
  return renderers.get(size)!;
}

/** The bytes of images of one size, [length, 3, height, width]; those beyond the images are 0. */
function gather(
  images: Images,
  indices: number[],
  length: number,
): { bytes: Uint8Array; height: number; width: number } {
  const batch = indices.map((i) => images.image(i));
  const { height, width } = batch[0];
  const bytes = new Uint8Array(length * 3 * height * width);
  batch.forEach((image, at) => {
    if (image.height !== height || image.width !== width) {
      throw new Problem(
        `${images.name}: image ${indices[at]} is ${image.width} x ${image.height} px, image ` +
          `${indices[0]} is ${width} x ${height} px: resize the data set to one size first`,
      );
    }
    bytes.set(image.data, at * 3 * height * width);
  });
  return { bytes, height, width };
}

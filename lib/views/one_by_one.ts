/**
 * Views that are rendered image by image, each by itself and several at a time: large ones, and
 * those of images in JPEG files, which are decoded on the way.
 */
import type { Frame } from "../datasets/dataset.ts";
import { jit, type Jitted, jpegCrop, planarCrop, tf } from "../engine/mod.ts";
import type { ViewParameters } from "./parameters.ts";
import { place, type Placement } from "./placement.ts";
import type { Policy } from "./policy.ts";
import { rowLength, toRows } from "./rows.ts";
import { finishView } from "./single.ts";

/** Where views come from, and how. */
export interface Sources {
  /** Files, [n] strings, or images, [n, 3, 1, height, width] bytes. */
  pixels: tf.Tensor;
  kind: Kind;
  /** The size for which each view's parameters were drawn. */
  extents: { height: number; width: number }[];
  /** The part of each file that stands for the image. */
  frames: Frame[];
}

/** What pixels may be. */
export type Kind = "jpeg" | "planar";

/** Renders views, as `renderViews` does; the caller disposes of the pixels. */
export async function renderOneByOne(
  { size, blur }: Policy,
  { pixels, kind, extents, frames }: Sources,
  parameters: ViewParameters[],
): Promise<tf.Tensor4D> {
  const reach = blur.probability > 0 ? Math.ceil(4 * blur.sigma[1]) : 0;
  const n = parameters.length;
  const places = parameters.map(({ crop }, i) => place(crop, extents[i], frames[i], size));
  const rectangles = places.map(rectanglesOf[kind]);
  const inputs = [
    tf.tensor3d(Int32Array.from(rectangles.flat(2)), [n, rectangles[0].length, 4], "int32"),
    tf.tensor3d(Float32Array.from(places.flatMap(({ grid }) => grid)), [n, 4, 2]),
    tf.tensor2d(toRows(parameters), [n, rowLength]),
  ] as const;
  try {
    return await renderer(kind, size, reach).async(pixels, ...inputs) as tf.Tensor4D;
  } finally {
    tf.dispose([...inputs]);
  }
}

/** What the engine's crops want to know of a rectangle. */
const rectanglesOf: Record<Kind, (placement: Placement) => number[][]> = {
  jpeg: ({ window: { left, width }, decoded }) => [
    [decoded.top, decoded.left, decoded.height, decoded.width],
    [1, 1, decoded.height, -1],
    [0, 0, 0, 3 * (left - decoded.left)],
    [1, 1, decoded.height, 3 * width],
  ],
  planar: ({ window: { top, left, height, width } }) => [
    [0, 0, top, left],
    [3, 1, height, width],
  ],
};

type Renderer = Jitted<
  [pixels: tf.Tensor, place: tf.Tensor, grid: tf.Tensor, row: tf.Tensor],
  tf.Tensor
>;

const renderers = new Map<string, Renderer>();

/** One for each kind in a process, as compiling takes seconds. */
function renderer(kind: Kind, size: number, reach: number): Renderer {
  const key = `${kind}/${size}/${reach}`;
  if (!renderers.has(key)) renderers.set(key, compile(kind, size, reach));
  return renderers.get(key)!;
}

function compile(kind: Kind, size: number, reach: number): Renderer {
  const crop = kind === "jpeg" ? jpegCrop : planarCrop;
  const finish = jit((crop: tf.Tensor3D, row: tf.Tensor1D) => finishView(crop, row, reach), {
    xla: true,
  });
  return jit(
    (pixels, place, grid, row) =>
      finish(crop(pixels, place as tf.Tensor2D, grid as tf.Tensor2D, size), row as tf.Tensor1D),
    {
      each: true,
    },
  );
}

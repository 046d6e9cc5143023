/**
 * Views of large size, and of JPEG files, which are decoded on the way: cropped image by image,
 * then finished in groups so small that a core's cache holds one, several at a time.
 */
import type { Frame } from "../datasets/dataset.ts";
import { jit, type Jitted, jpegCrop, planarCrop, tf } from "../engine/mod.ts";
import { filled, firstOf } from "./fill.ts";
import { finishViews } from "./finish.ts";
import type { ViewParameters } from "./parameters.ts";
import { place, type Placement } from "./placement.ts";
import type { Policy } from "./policy.ts";
import { rowLength, toRows } from "./rows.ts";

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

/** How many views of this side are a group. */
export function groupSize(size: number): number {
  return Math.max(1, Math.floor(32 * 1024 / size ** 2));
}

/** Renders views, as `renderViews` does. The caller disposes of the pixels. */
export async function renderGroups(
  policy: Policy,
  sources: Sources,
  parameters: ViewParameters[],
): Promise<tf.Tensor4D> {
  const crops = await cropAll(policy, sources, parameters); // [n, x, 3, y]
  try {
    return await finishAll(policy, crops, parameters);
  } finally {
    crops.dispose();
  }
}

async function cropAll(
  { size }: Policy,
  { pixels, kind, extents, frames }: Sources,
  parameters: ViewParameters[],
): Promise<tf.Tensor> {
  const n = parameters.length;
  const places = parameters.map(({ crop }, i) => place(crop, extents[i], frames[i], size));
  const rectangles = places.map(rectanglesOf[kind]);
  const grids = places.flatMap(({ grid }) => grid);
  const inputs = [
    tf.tensor3d(Int32Array.from(rectangles.flat(2)), [n, rectangles[0].length, 4], "int32"),
    tf.tensor3d(Float32Array.from(grids), [n, 4, 2]),
  ] as const;
  try {
    return await cropper(kind, size).async(pixels, ...inputs);
  } finally {
    tf.dispose([...inputs]);
  }
}

async function finishAll(
  { size, blur }: Policy,
  crops: tf.Tensor,
  parameters: ViewParameters[],
): Promise<tf.Tensor4D> {
  const reach = blur.probability > 0 ? Math.ceil(4 * blur.sigma[1]) : 0;
  const n = parameters.length, together = groupSize(size), groups = Math.ceil(n / together);
  const length = groups * together; // the last group is filled up
  const rows = toRows(filled(parameters, length));
  const inputs = [
    tf.tidy(() =>
      (length > n ? crops.pad([[0, length - n], [0, 0], [0, 0], [0, 0]]) : crops)
        .reshape([groups, together, size, 3, size])
    ),
    tf.tensor3d(rows, [groups, together, rowLength]),
  ] as const;
  try {
    const views = await finisher(size, reach).async(...inputs);
    const batch = views.reshape<tf.Tensor4D>([length, size, size, 3]);
    views.dispose();
    return firstOf(batch, n);
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

type Cropper = Jitted<[pixels: tf.Tensor, place: tf.Tensor, grid: tf.Tensor], tf.Tensor>;
type Finisher = Jitted<[crops: tf.Tensor, rows: tf.Tensor], tf.Tensor>;

/** One of each in a process, as compiling takes seconds. */
const croppers = new Map<string, Cropper>(), finishers = new Map<string, Finisher>();

function cropper(kind: Kind, size: number): Cropper {
  const crop = kind === "jpeg" ? jpegCrop : planarCrop;
  return once(croppers, `${kind}/${size}`, () =>
    jit(
      (pixels, place, grid) => crop(pixels, place as tf.Tensor2D, grid as tf.Tensor2D, size),
      { each: true },
    ));
}

function finisher(size: number, reach: number): Finisher {
  return once(finishers, `${size}/${reach}`, () => {
    const finish = jit(
      (crops: tf.Tensor, rows: tf.Tensor) =>
        finishViews(crops as tf.Tensor4D, rows as tf.Tensor2D, reach),
      { xla: true },
    );
    return jit((crops, rows) => finish(crops, rows), { each: true });
  });
}

function once<T>(made: Map<string, T>, key: string, make: () => T): T {
  if (!made.has(key)) made.set(key, make());
  return made.get(key)!;
}

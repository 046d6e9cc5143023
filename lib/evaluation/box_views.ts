/** Views of images for detectors: what is drawn for a view decides where its objects are. */
import type { Prng } from "../base/prng.ts";
import type { Box, Dataset } from "../datasets/dataset.ts";
import { tf } from "../engine/mod.ts";
import type { Truth } from "../models/detector.ts";
import { drawViews, type ViewParameters } from "../views/parameters.ts";
import { plain, type Policy } from "../views/policy.ts";
import type { Views } from "../views/views.ts";

/**
 * The whole image, squeezed to a square: its edges' objects count too, unlike in {@link plain}. No
 * crop of twice its area fits, and what stands for one that does not fit is all of the image.
 */
export function wholeImage(size: number): Policy {
  return { ...plain(size), crop: { scale: [2, 2], ratio: [1 / 50, 50] } };
}

/** A data set whose objects are known. */
export type BoxedDataset = Dataset & Required<Pick<Dataset, "boxes">>;

/** How the view of an image came about. */
export type Seen = Pick<ViewParameters, "crop" | "flip">;

/** Views of images, [n, size, size, 3], and how each of them came about. */
export async function viewsSeen(
  views: Views,
  policy: Policy,
  dataset: Dataset,
  { indices, random }: { indices: ArrayLike<number>; random: () => Prng },
): Promise<{ images: tf.Tensor4D; seen: Seen[] }> {
  const images = await views(dataset, indices, random());
  // The same generator once more gives what the views were drawn with.
  const drawn = random();
  const seen = Array.from(indices, (i) => drawViews(policy, drawn, extentOf(dataset, i), 1)[0]);
  return { images, seen };
}

/** The height and width of image i in its own pixels, streamed or not. */
export function extentOf(dataset: Dataset, i: number): { height: number; width: number } {
  return dataset.stream ? dataset.stream.extent(i) : dataset.image(i);
}

/**
 * Objects in pixels of a view, the parts that are seen. As in SSD, an object whose centre is cut off
 * is no object of the view.
 *
 * @param size side of the view
 * @see Liu et al. 2016, "SSD", section 2.2 (arXiv 1512.02325)
 */
export function seenBoxes(
  boxes: readonly Box[],
  { crop, flip }: Seen,
  size: number,
): { left: number; top: number; right: number; bottom: number; label: number }[] {
  const across = size / crop.width, down = size / crop.height;
  const within = (x: number) => Math.min(Math.max(x, 0), size);
  return boxes.map(({ x, y, width, height, label }) => {
    const left = (x - crop.left) * across, right = left + width * across;
    const top = (y - crop.top) * down, bottom = top + height * down;
    return flip
      ? { left: size - right, right: size - left, top, bottom, label }
      : { left, right, top, bottom, label };
  }).filter(({ left, top, right, bottom }) => {
    const x = (left + right) / 2, y = (top + bottom) / 2;
    return x >= 0 && x <= size && y >= 0 && y <= size;
  }).map(({ left, top, right, bottom, label }) => ({
    ...{ left: within(left), top: within(top), right: within(right), bottom: within(bottom) },
    label,
  }));
}

/** An object of a view in pixels of its image: {@link seenBoxes} the other way. */
export function unseenBox(
  [left, top, right, bottom]: ArrayLike<number> & Iterable<number>,
  { crop, flip }: Seen,
  size: number,
): Omit<Box, "label"> {
  const across = crop.width / size, down = crop.height / size;
  const start = flip ? size - right : left;
  return {
    x: crop.left + start * across,
    y: crop.top + top * down,
    width: (right - left) * across,
    height: (bottom - top) * down,
  };
}

/** The objects of a batch of views, at most m of each; crowds are none, difficult ones are. */
export function truthOf(
  dataset: BoxedDataset,
  { indices, seen, size, m }: { indices: ArrayLike<number>; seen: Seen[]; size: number; m: number },
): Truth {
  const n = indices.length;
  const boxes = new Float32Array(n * m * 4), labels = new Int32Array(n * m).fill(-1);
  for (let image = 0; image < n; image++) {
    const boxed = dataset.boxes(indices[image]).filter(({ crowd }) => !crowd);
    const objects = seenBoxes(boxed, seen[image], size);
    objects.forEach(({ left, top, right, bottom, label }, at) => {
      boxes.set([left, top, right, bottom], (image * m + at) * 4);
      labels[image * m + at] = label;
    });
  }
  return { boxes: tf.tensor3d(boxes, [n, m, 4]), labels: tf.tensor2d(labels, [n, m], "int32") };
}

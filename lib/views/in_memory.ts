/** Streamed images, held in memory as the network sees them whole. */
import { keyOf } from "../base/hash.ts";
import type { Dataset, Image } from "../datasets/dataset.ts";
import { prng } from "../base/prng.ts";
import { byteOf } from "./pixels.ts";
import { plain } from "./policy.ts";
import { makeViews } from "./views.ts";

const atOnce = 64;

/**
 * The same data set with its images decoded, as squares of `size` pixels: what a plain view shows.
 * Takes 3 size^2 bytes an image. Boxes, which are of the images as they were, are gone.
 */
export async function inMemory(dataset: Dataset, size: number): Promise<Dataset> {
  const { stream: _, boxes: __, ...rest } = dataset;
  const views = makeViews(plain(size));
  const images: Image[] = [];
  for (let start = 0; start < dataset.length; start += atOnce) {
    const count = Math.min(atOnce, dataset.length - start);
    const indices = Int32Array.from({ length: count }, (_, i) => start + i);
    const seen = await views(dataset, indices, prng("whole"));
    const values = await seen.data<"float32">();
    seen.dispose();
    for (let i = 0; i < count; i++) images.push(imageOf(values.subarray(3 * size ** 2 * i), size));
  }
  return {
    ...rest,
    hash: keyOf({ inMemory: dataset.hash, size }),
    image: (i) => images[i],
  };
}

/** Planes of bytes from the interleaved values of a view. */
function imageOf(values: Float32Array, size: number): Image {
  const area = size ** 2;
  const data = new Uint8ClampedArray(3 * area);
  for (let channel = 0; channel < 3; channel++) {
    for (let p = 0; p < area; p++) {
      data[channel * area + p] = byteOf(values[3 * p + channel], channel);
    }
  }
  return { data: new Uint8Array(data.buffer), height: size, width: size };
}

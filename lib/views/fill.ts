/** Batches of views may have to be larger than was asked for. */
import type { tf } from "../engine/mod.ts";

/** The items, the last one repeated up to a length. */
export function filled<T>(items: T[], length: number): T[] {
  return items.concat(Array<T>(length - items.length).fill(items[items.length - 1]));
}

/** The first n views; the others are disposed of. */
export function firstOf(views: tf.Tensor4D, n: number): tf.Tensor4D {
  if (views.shape[0] === n) return views;
  const first = views.slice(0, n);
  views.dispose();
  return first;
}

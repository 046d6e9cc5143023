/** A memory of past embeddings: first in, first out, the newest in front. */
import { Problem } from "../base/problem.ts";
import type { Prng } from "../base/prng.ts";
import { tf } from "../engine/mod.ts";
import { l2Normalize } from "./normalize.ts";

/** A queue of unit vectors in random directions, [size, width]: what MoCo starts from. */
export function randomQueue(prng: Prng, size: number, width: number): tf.Tensor2D {
  const values = Float32Array.from({ length: size * width }, () => prng.normal());
  return tf.tidy(() => l2Normalize(tf.tensor2d(values, [size, width])));
}

/** The queue with new rows at its front; the oldest, at its end, are dropped. */
export function enqueue<T extends tf.Tensor>(queue: T, rows: T): T {
  const all = tf.concat([rows, queue] as tf.Tensor[], 0);
  const begin = queue.shape.map(() => 0);
  return tf.slice(all, begin, queue.shape) as T;
}

/** @throws {Problem} where a queue has no room for a batch */
export function checkQueue(method: string, queue: tf.Tensor, batch: tf.Tensor): void {
  const [room, rows] = [queue.shape[0], batch.shape[0]];
  if (rows <= room) return;
  throw new Problem(
    `${method}: a batch of ${rows} pairs does not fit a queue of ${room}: raise queue to a ` +
      "multiple of batchSize, or lower batchSize",
  );
}

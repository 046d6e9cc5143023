/**
 * The colour jitter's arithmetic, on whole planes: red, green and blue, values in 0 … 1, each with
 * the batch as its first axis.
 */
import { tf } from "../engine/mod.ts";

/** Red, green and blue. */
export type Planes<T extends tf.Tensor> = T[];

/**
 * What one stage of the jitter adds to every channel, b gray + c mean(gray): the stage is
 * clip(a x + this), see rows.ts.
 */
export function shiftOf<T extends tf.Tensor>([red, green, blue]: Planes<T>, b: T, c: T): T {
  const gray = red.mul(0.299).add(green.mul(0.587)).add(blue.mul(0.114));
  const axes = red.shape.slice(1).map((_, i) => i + 1);
  return gray.mul(b).add(gray.mean(axes, true).mul(c));
}

/** Colours as the hue's circle has them. */
export interface HueCircle<T extends tf.Tensor> {
  /** The largest channel. */
  value: T;
  /** The largest minus the smallest. */
  chroma: T;
  /** In sixths of a full turn. */
  hue: T;
}

/** To HSV, with the hue turned by a part of a full turn. */
export function toHueCircle<T extends tf.Tensor>(
  [red, green, blue]: Planes<T>,
  turn: T,
): HueCircle<T> {
  const value: T = red.maximum(green).maximum(blue);
  const chroma: T = value.sub(red.minimum(green).minimum(blue));
  const perChroma = (difference: tf.Tensor) => difference.div(chroma.maximum(1e-7)); // 0 for grays
  const hue = tf.where(
    red.equal(value),
    perChroma(green.sub(blue)),
    tf.where(
      green.equal(value),
      perChroma(blue.sub(red)).add(2),
      perChroma(red.sub(green)).add(4),
    ),
  ).add<T>(turn.mul(6));
  return { value, chroma, hue };
}

/** Where the channels stand on the circle, in sixths of a full turn: red, green, blue. */
export const channelOffsets = [5, 3, 1];

/**
 * Back from HSV, exactly and without branches: the channel at offset o is
 *   V - C clip(min(k, 4 - k), 0, 1),  k = (o + h) mod 6,
 * with h the hue in sixths of a turn, V the value and C the chroma.
 */
export function fromHueCircle<T extends tf.Tensor>(
  { value, chroma, hue }: HueCircle<T>,
  offset: number | T,
): T {
  const t = hue.add(offset);
  const k = t.sub(t.div(6).floor().mul(6));
  return value.sub(chroma.mul(k.minimum(tf.sub(4, k)).clipByValue(0, 1)));
}

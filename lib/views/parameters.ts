/** The random numbers behind a view, drawn one view after the other from a seeded generator. */
import type { Prng } from "../base/prng.ts";
import type { Policy, Range } from "./policy.ts";

/** A part of an image, in whole pixels. */
export interface Crop {
  top: number;
  left: number;
  height: number;
  width: number;
}

/** The steps of the colour jitter. */
export type JitterStep = "brightness" | "contrast" | "saturation" | "hue";

/** Colour jitter: factors (1 changes nothing), the hue in turns (0 changes nothing). */
export interface Jitter extends Record<JitterStep, number> {
  order: JitterStep[];
}

/** Everything that makes one view of an image. */
export interface ViewParameters {
  crop: Crop;
  flip: boolean;
  jitter: Jitter | null;
  grayscale: boolean;
  /** Standard deviation of the blur in pixels of the view; 0 for none. */
  sigma: number;
  solarize: boolean;
}

const steps: JitterStep[] = ["brightness", "contrast", "saturation", "hue"];

/**
 * The parameters of n views of images of one size.
 *
 * They depend on the policy, the generator and the images' size alone: a generator forked for the
 * anchors gives the same anchor views whatever is drawn for the partners.
 *
 * @example
 * ```ts
 * import { deepStrictEqual } from "node:assert/strict";
 * import { prng } from "../base/prng.ts";
 * import { simclr } from "./policy.ts";
 * const image = { height: 64, width: 64 };
 * const draw = () => drawViews(simclr(32), prng(1).fork("anchor"), image, 8);
 * deepStrictEqual(draw(), draw());
 * ```
 */
export function drawViews(
  policy: Policy,
  prng: Prng,
  image: { height: number; width: number },
  n: number,
): ViewParameters[] {
  return Array.from({ length: n }, () => drawView(policy, prng, image));
}

/** The parameters of a view of an image of this size. */
export function drawView(
  policy: Policy,
  prng: Prng,
  image: { height: number; width: number },
): ViewParameters {
  return {
    crop: drawCrop(policy.crop, prng, image),
    flip: prng.next() < policy.flip,
    jitter: prng.next() < policy.jitter.probability ? drawJitter(policy.jitter, prng) : null,
    grayscale: prng.next() < policy.grayscale,
    sigma: prng.next() < policy.blur.probability ? prng.uniform(...policy.blur.sigma) : 0,
    solarize: prng.next() < policy.solarize,
  };
}

/**
 * A crop of random area and aspect, as torchvision's RandomResizedCrop draws it: ten tries, then the
 * largest central crop whose aspect is allowed.
 */
export function drawCrop(
  { scale, ratio }: { scale: Range; ratio: Range },
  prng: Prng,
  image: { height: number; width: number },
): Crop {
  for (let attempt = 0; attempt < 10; attempt++) {
    const area = image.height * image.width * prng.uniform(...scale);
    const aspect = Math.exp(prng.uniform(Math.log(ratio[0]), Math.log(ratio[1])));
    const width = Math.round(Math.sqrt(area * aspect));
    const height = Math.round(Math.sqrt(area / aspect));
    if (width > 0 && width <= image.width && height > 0 && height <= image.height) {
      const top = prng.int(image.height - height + 1);
      const left = prng.int(image.width - width + 1);
      return { top, left, height, width };
    }
  }
  return centralCrop(ratio, image);
}

function centralCrop([narrow, wide]: Range, image: { height: number; width: number }): Crop {
  const aspect = image.width / image.height;
  const height = aspect < narrow ? Math.round(image.width / narrow) : image.height;
  const width = aspect > wide ? Math.round(image.height * wide) : image.width;
  const top = Math.floor((image.height - height) / 2);
  const left = Math.floor((image.width - width) / 2);
  return { top, left, height, width };
}

/** torchvision's ColorJitter: the four steps in random order, each with a uniform factor. */
function drawJitter(jitter: Policy["jitter"], prng: Prng): Jitter {
  const factor = (x: number) => prng.uniform(Math.max(0, 1 - x), 1 + x);
  return {
    order: prng.shuffle(steps),
    brightness: factor(jitter.brightness),
    contrast: factor(jitter.contrast),
    saturation: factor(jitter.saturation),
    hue: prng.uniform(-jitter.hue, jitter.hue),
  };
}

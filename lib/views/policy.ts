/**
 * What is drawn at random when an image becomes a view. A policy is a plain JSON record, part of a
 * run's key; the order of the steps is fixed: crop, flip, jitter, grayscale, blur, solarize,
 * normalise.
 */

/** The low and high end of a uniform distribution. */
export type Range = [low: number, high: number];

/** How views of images are drawn. Probabilities lie in 0 … 1; 0 turns a step off. */
export interface Policy {
  /** Side of a view, in pixels. */
  size: number;
  /** Part of the image's area that is kept, and the crop's width / height (log-uniform). */
  crop: { scale: Range; ratio: Range };
  /** Probability of a horizontal flip. */
  flip: number;
  /**
   * Colour jitter: brightness, contrast and saturation are multiplied by a factor in
   * [max(0, 1 - x), 1 + x]; the hue turns by up to x of a full turn, x <= 0.5.
   */
  jitter: {
    probability: number;
    brightness: number;
    contrast: number;
    saturation: number;
    hue: number;
  };
  /** Probability of losing all colour. */
  grayscale: number;
  /** Gaussian blur: sigma in pixels of the view. */
  blur: { probability: number; sigma: Range };
  /** Probability of inverting all values from 128 on. */
  solarize: number;
}

const none = { probability: 0, brightness: 0, contrast: 0, saturation: 0, hue: 0 };
const ratio: Range = [3 / 4, 4 / 3];

/**
 * SimCLR's views with lightly's defaults (SimCLRTransform), for images of any size.
 *
 * SimCLR draws sigma from 0.1 … 2 but cuts its kernel off at a tenth of the image's side. At 32 px
 * that leaves 3 taps, whose standard deviation is 0.8 when sigma is 2 (64 px: 1.6). The Gaussian
 * here is whole, so sigma itself ends at that value, `size / 40`.
 *
 * @param size side of a view in pixels
 * @param options.strength factor on the four ranges of the colour jitter
 * @see Chen et al. 2020, "A Simple Framework for Contrastive Learning", appendix A (arXiv 2002.05709)
 *
 * @example
 * ```ts
 * import { deepStrictEqual } from "node:assert/strict";
 * const gentle = { ...simclr(32, { strength: 0.5 }), solarize: 0.2 };
 * deepStrictEqual(gentle.jitter.hue, 0.1);
 * ```
 */
export function simclr(size: number, { strength = 1 }: { strength?: number } = {}): Policy {
  return {
    size,
    crop: { scale: [0.08, 1], ratio },
    flip: 0.5,
    jitter: {
      probability: 0.8,
      brightness: 0.8 * strength,
      contrast: 0.8 * strength,
      saturation: 0.8 * strength,
      hue: 0.2 * strength,
    },
    grayscale: 0.2,
    blur: { probability: 0.5, sigma: [0.1, Math.min(2, size / 40)] },
    solarize: 0,
  };
}

/** SimCLR's views with crops of at least a fifth of the image and half its colour jitter. */
export function gentle(size: number): Policy {
  return { ...simclr(size, { strength: 0.5 }), crop: { scale: [0.2, 1], ratio } };
}

/**
 * SimCLR's views as published for CIFAR-10: half its colour jitter, no blur.
 *
 * @see Chen et al. 2020, appendix B.9 (arXiv 2002.05709)
 */
export function cifar(size: number): Policy {
  return { ...simclr(size, { strength: 0.5 }), blur: plain(size).blur };
}

/**
 * Views in all as others, but with crops of at least half of the image.
 *
 * @param full the others, by their size
 */
export function largeCrops(full: (size: number) => Policy): (size: number) => Policy {
  return (size) => ({ ...full(size), crop: weak(size).crop });
}

/** Crops of at least half of the image, and flips: views that keep colour and most of the object. */
export function weak(size: number): Policy {
  return { ...plain(size), crop: { scale: [0.5, 1], ratio }, flip: 0.5 };
}

/** Flips, and nothing else: what is left when augmentation is taken away. */
export function flips(size: number): Policy {
  return { ...plain(size), flip: 0.5 };
}

/** The image itself, resized (its central square, where it is not square): views for evaluation. */
export function plain(size: number): Policy {
  return {
    size,
    crop: { scale: [1, 1], ratio: [1, 1] },
    flip: 0,
    jitter: none,
    grayscale: 0,
    blur: { probability: 0, sigma: [0, 0] },
    solarize: 0,
  };
}

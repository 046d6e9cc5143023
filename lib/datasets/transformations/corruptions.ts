/**
 * The corruptions of Hendrycks & Dietterich 2019 (arXiv 1903.12261) in five severities, by the
 * parameters of their published code (github.com/hendrycks/robustness): those of CIFAR-10-C,
 * Tiny-ImageNet-C and ImageNet-C for images of 32, 64 and 224 pixels. They round to bytes downwards,
 * here it is to the nearest. Not here: glass blur, snow and frost (of their fifteen).
 */
import { defocusBlur, motionBlur, zoomBlur } from "./blur.ts";
import type { Change } from "./change.ts";
import { brightness, contrast, saturate } from "./colour.ts";
import { elastic } from "./elastic.ts";
import { fog } from "./fog.ts";
import { jpegCompression } from "./jpeg.ts";
import { gaussianNoise, impulseNoise, shotNoise } from "./noise.ts";
import { pixelate } from "./pixelate.ts";

/** 1, hardly to be seen, to 5. */
export type Severity = 1 | 2 | 3 | 4 | 5;

/** The sizes that parameters were published for. */
type Side = 32 | 64 | 224;

/** A corruption. */
export interface Corruption {
  /** Whether it draws random numbers. */
  random: boolean;
  /** The corruption for images of that size. */
  at(side: Side, severity: Severity): Change;
}

/** The published size that is nearest to an image's shorter side (in ratio). */
export const nearestSide = (side: number): Side =>
  side < Math.sqrt(32 * 64) ? 32 : side < Math.sqrt(64 * 224) ? 64 : 224;

const corruption = <P extends number[]>(
  change: (...parameters: P) => Change,
  published: Record<Side, P[]>,
  { random = false } = {},
): Corruption => ({
  random,
  at: (side, severity) => change(...published[side][severity - 1]),
});

const random = { random: true };

/** Single numbers as lists of parameters. */
const each = (...numbers: number[]) => numbers.map((x): [number] => [x]);

/** All corruptions, by name. */
export const corruptions = {
  gaussianNoise: corruption(gaussianNoise, {
    32: each(0.04, 0.06, 0.08, 0.09, 0.1),
    64: each(0.04, 0.08, 0.12, 0.15, 0.18),
    224: each(0.08, 0.12, 0.18, 0.26, 0.38),
  }, random),
  shotNoise: corruption(shotNoise, {
    32: each(500, 250, 100, 75, 50),
    64: each(250, 100, 50, 30, 15),
    224: each(60, 25, 12, 5, 3),
  }, random),
  impulseNoise: corruption(impulseNoise, {
    32: each(0.01, 0.02, 0.03, 0.05, 0.07),
    64: each(0.01, 0.02, 0.05, 0.08, 0.14),
    224: each(0.03, 0.06, 0.09, 0.17, 0.27),
  }, random),
  defocusBlur: corruption(defocusBlur, {
    32: [[0.3, 0.4], [0.4, 0.5], [0.5, 0.6], [1, 0.2], [1.5, 0.1]],
    64: [[0.5, 0.6], [1, 0.1], [1.5, 0.1], [2.5, 0.01], [3, 0.1]],
    224: [[3, 0.1], [4, 0.5], [6, 0.5], [8, 0.5], [10, 0.5]],
  }),
  motionBlur: corruption(motionBlur, {
    32: [[6, 1], [6, 1.5], [6, 2], [8, 2], [9, 2.5]],
    64: [[10, 1], [10, 1.5], [10, 2], [10, 2.5], [12, 3]],
    224: [[10, 3], [15, 5], [15, 8], [15, 12], [20, 15]],
  }, random),
  zoomBlur: corruption(zoomBlur, {
    32: [[1.06, 0.01], [1.11, 0.01], [1.16, 0.01], [1.21, 0.01], [1.26, 0.01]],
    64: [[1.06, 0.01], [1.11, 0.01], [1.16, 0.01], [1.21, 0.01], [1.26, 0.01]],
    224: [[1.11, 0.01], [1.16, 0.01], [1.21, 0.02], [1.26, 0.02], [1.31, 0.03]],
  }),
  fog: corruption(fog, {
    32: [[0.2, 3], [0.5, 3], [0.75, 2.5], [1, 2], [1.5, 1.75]],
    64: [[0.4, 3], [0.7, 3], [1, 2.5], [1.5, 2], [2, 1.75]],
    224: [[1.5, 2], [2, 2], [2.5, 1.7], [2.5, 1.5], [3, 1.4]],
  }, random),
  brightness: corruption(brightness, {
    32: each(0.05, 0.1, 0.15, 0.2, 0.3),
    64: each(0.1, 0.2, 0.3, 0.4, 0.5),
    224: each(0.1, 0.2, 0.3, 0.4, 0.5),
  }),
  contrast: corruption(contrast, {
    32: each(0.75, 0.5, 0.4, 0.3, 0.15),
    64: each(0.4, 0.3, 0.2, 0.1, 0.05),
    224: each(0.4, 0.3, 0.2, 0.1, 0.05),
  }),
  saturate: corruption(saturate, {
    32: [[0.3, 0], [0.1, 0], [1.5, 0], [2, 0.1], [2.5, 0.2]],
    64: [[0.3, 0], [0.1, 0], [2, 0], [5, 0.1], [30, 0.2]],
    224: [[0.3, 0], [0.1, 0], [2, 0], [5, 0.1], [20, 0.2]],
  }),
  elastic: corruption(elastic, {
    32: [[0, 0, 0.08], [0.05, 0.2, 0.07], [0.08, 0.06, 0.06], [0.1, 0.04, 0.05], [0.1, 0.03, 0.03]],
    64: [[0, 0, 0.08], [0.05, 0.3, 0.06], [0.1, 0.08, 0.06], [0.1, 0.03, 0.03], [0.16, 0.03, 0.02]],
    224: [[2, 0.7, 0.1], [2, 0.08, 0.2], [0.05, 0.01, 0.02], [0.07, 0.01, 0.02], [
      0.12,
      0.01,
      0.02,
    ]],
  }, random),
  pixelate: corruption(pixelate, {
    32: each(0.95, 0.9, 0.85, 0.75, 0.65),
    64: each(0.9, 0.8, 0.7, 0.6, 0.5),
    224: each(0.6, 0.5, 0.4, 0.3, 0.25),
  }),
  jpegCompression: corruption(jpegCompression, {
    32: each(80, 65, 58, 50, 40),
    64: each(65, 58, 50, 40, 25),
    224: each(25, 18, 15, 10, 7),
  }),
};

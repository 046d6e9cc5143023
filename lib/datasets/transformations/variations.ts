/** Changes that a camera or a painter makes, by how much; each leaves the image alone at some value. */
import type { Change } from "./change.ts";
import { grayscale, hue } from "./colour.ts";
import { horizontalFlip, rotation, scale, translation, verticalFlip } from "./geometry.ts";

/** A variation. */
export interface Variation {
  change: (magnitude: number) => Change;
  /** What the magnitude is. */
  unit: string;
  /** Least and greatest magnitude. */
  range: readonly [number, number];
  /** Whether there is nothing in between. */
  whole?: boolean;
  /** Magnitudes for a curve, the weakest first. */
  steps: readonly number[];
}

/** All variations, by name. */
export const variations = {
  rotation: {
    change: rotation,
    unit: "degrees clockwise",
    range: [-360, 360],
    steps: [15, 30, 45, 60, 90],
  },
  scale: {
    change: scale,
    unit: "factor of enlargement",
    range: [0.5, 8],
    steps: [1.2, 1.4, 1.6, 1.8, 2],
  },
  translation: {
    change: translation,
    unit: "part of the width, to the right",
    range: [-1, 1],
    steps: [0.05, 0.1, 0.15, 0.2, 0.25],
  },
  hue: {
    change: hue,
    unit: "part of a full turn",
    range: [-0.5, 0.5],
    steps: [0.1, 0.2, 0.3, 0.4, 0.5],
  },
  grayscale: {
    change: grayscale,
    unit: "part of the colour that is lost",
    range: [0, 1],
    steps: [0.2, 0.4, 0.6, 0.8, 1],
  },
  horizontalFlip: {
    change: horizontalFlip,
    unit: "0 (as it is) or 1 (flipped)",
    range: [0, 1],
    whole: true,
    steps: [1],
  },
  verticalFlip: {
    change: verticalFlip,
    unit: "0 (as it is) or 1 (flipped)",
    range: [0, 1],
    whole: true,
    steps: [1],
  },
} satisfies Record<string, Variation>;

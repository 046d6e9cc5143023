/** A data set whose images are changed in one controlled way: what invariance is measured with. */
import { keyOf } from "../base/hash.ts";
import { Problem } from "../base/problem.ts";
import { prng } from "../base/prng.ts";
import type { Dataset } from "./dataset.ts";
import { type Change, perSize } from "./transformations/change.ts";
import {
  type Corruption,
  corruptions,
  nearestSide,
  type Severity,
} from "./transformations/corruptions.ts";
import { type Variation, variations } from "./transformations/variations.ts";

/** Names of the corruptions, e.g. `gaussianNoise`. */
export type CorruptionKind = keyof typeof corruptions;

/** Names of the variations, e.g. `rotation`. */
export type VariationKind = keyof typeof variations;

/** All corruptions. */
export const corruptionKinds = Object.keys(corruptions) as CorruptionKind[];

/** All variations. */
export const variationKinds = Object.keys(variations) as VariationKind[];

/** One controlled change. */
export type Transformation =
  | { kind: CorruptionKind; severity: Severity; seed?: number }
  | { kind: VariationKind; magnitude: number };

/** Part of the hash: to be raised whenever a transformation gives other pixels. */
export const transformationsVersion = 1;

/** Kinds that bring an object to another place; its box would no longer be around it. */
const moving = new Set<string>(
  ["elastic", "rotation", "scale", "translation", "horizontalFlip", "verticalFlip"],
);

/**
 * The same data set with every image changed when it is asked for. A corruption has a severity, 1 to
 * 5, whose parameters are those published for the size nearest to the image's; a variation has a
 * magnitude, in units of its own (see transformations/variations.ts). What is random depends on the
 * seed (default 1), the kind and the image's index alone: the severities of one image share their
 * random numbers.
 *
 * Labels, factors and ids stay; boxes do where nothing moves.
 *
 * @throws {Problem} where the data set is streamed, or there is no such kind, severity or magnitude
 * @example
 * ```ts
 * import { strictEqual } from "node:assert/strict";
 * import { datasets } from "semantic-pairs";
 * const { heldOutScenes } = await datasets.emojiScenes({ concepts: 2, heldOutConcepts: 1, scenes: 2 });
 * const noisy = transformed(heldOutScenes, { kind: "gaussianNoise", severity: 3 });
 * const turned = transformed(heldOutScenes, { kind: "rotation", magnitude: 30 });
 * strictEqual(noisy.label(5), turned.label(5));
 * ```
 */
export function transformed(dataset: Dataset, transformation: Transformation): Dataset {
  const { kind } = transformation;
  const { change, ...amount }: Resolved = "magnitude" in transformation
    ? varied(transformation)
    : corrupted(transformation);
  if (dataset.stream) {
    throw new Problem(
      `${kind} of ${dataset.name}: its images are streamed; load it in a size that fits into memory`,
    );
  }
  const { boxes, contentHash, ...rest } = dataset;
  const keyed = (hash: string) => keyOf({ transformationsVersion, hash, kind, ...amount });
  const draws = prng(amount.seed ?? "unused").fork(kind);
  return {
    ...rest,
    name: `${dataset.name}, ${kind} ${amount.severity ?? amount.magnitude}`,
    hash: keyed(dataset.hash),
    ...(contentHash && { contentHash: keyed(contentHash) }),
    image: (i) => change(dataset.image(i), draws.fork(i)),
    ...(boxes && !moving.has(kind) && { boxes }),
  };
}

/**
 * The transformations of one kind for a curve, the weakest first: severities 1 to 5, or some
 * magnitudes (of a flip, one).
 */
export function ladder(kind: CorruptionKind | VariationKind, seed = 1): Transformation[] {
  if (kind in variations) {
    const variation = kind as VariationKind;
    return variations[variation].steps.map((magnitude) => ({ kind: variation, magnitude }));
  }
  const corruption = kind as CorruptionKind;
  return ([1, 2, 3, 4, 5] as const).map((severity) => ({ kind: corruption, severity, seed }));
}

/** A change, and what decides what it makes of an image. */
interface Resolved {
  change: Change;
  severity?: number;
  magnitude?: number;
  /** Only of what draws random numbers. */
  seed?: number;
}

function corrupted(
  { kind, severity, seed = 1 }: { kind: CorruptionKind; severity: Severity; seed?: number },
): Resolved {
  if (!Object.hasOwn(corruptions, kind)) throw noSuch("corruption", kind, corruptions);
  if (![1, 2, 3, 4, 5].includes(severity)) {
    throw new Problem(`${kind}: severity is ${severity}, it must be 1, 2, 3, 4 or 5`);
  }
  const { at, random }: Corruption = corruptions[kind];
  const changeOf = perSize((height, width) => at(nearestSide(Math.min(height, width)), severity));
  const change: Change = (image, draws) => changeOf(image)(image, draws);
  return { change, severity, ...(random && { seed }) };
}

function varied({ kind, magnitude }: { kind: VariationKind; magnitude: number }): Resolved {
  if (!Object.hasOwn(variations, kind)) throw noSuch("variation", kind, variations);
  const { change, unit, range: [least, most], whole }: Variation = variations[kind];
  if (!(magnitude >= least && magnitude <= most) || whole && !Number.isInteger(magnitude)) {
    throw new Problem(
      `${kind}: magnitude is ${magnitude}, it must be ${least} to ${most} (${unit})`,
    );
  }
  return { change: change(magnitude), magnitude };
}

const noSuch = (what: string, kind: string, known: object) =>
  new Problem(`there is no ${what} ${kind}: take one of ${Object.keys(known).join(", ")}`);

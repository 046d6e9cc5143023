/** Semantic pairs: two different images of one class. */
import type { Prng } from "../base/prng.ts";
import { Problem } from "../base/problem.ts";
import type { Dataset } from "../datasets/dataset.ts";
import type { PairList } from "./pair_list.ts";
import { permutation } from "./permutation.ts";
import type { Sample } from "./sample.ts";

/**
 * Pairs every anchor with another image of its class. Within a class and a round the partners are a
 * random permutation of the anchors without fixed points, so that every image is partner as often
 * as it is anchor: as often in the batch as in the augmented arm. Of several classes of an image,
 * one drawn anew each round counts.
 *
 * @param differ factors in which every partner differs from its anchor, e.g. `["artist"]`
 * @throws {Problem} naming the class, where it cannot be paired so, or an unknown factor
 */
export function semanticPairs(
  dataset: Dataset,
  { anchors, perEpoch, rounds, groups }: Sample,
  random: Prng,
  differ: readonly string[] = [],
): PairList {
  const mayMeet = differing(dataset, differ);
  const partners = anchors.slice();
  for (let round = 0; round < rounds; round++) {
    for (const [label, places] of groups(round)) {
      const at = places.map((place) => round * perEpoch + place);
      const images = at.map((k) => anchors[k]);
      const found = partnersWithin(images, mayMeet, roundOf(random, round, label));
      if (!found) throw impossible(dataset, dataset.classes[label], images, differ);
      at.forEach((k, i) => partners[k] = found[i]);
    }
  }
  const [kind, origin] = ["semantic", "same class"] as const;
  return { kind, origin, anchors, partners, perEpoch, dataset: dataset.hash };
}

/** Partners for these images from among themselves; undefined where it cannot be. */
export function partnersWithin(
  images: readonly number[],
  mayMeet: (a: number, b: number) => boolean,
  random: Prng,
): number[] | undefined {
  const allowed = (i: number, j: number) => mayMeet(images[i], images[j]);
  return permutation(images.length, { prng: random, allowed })?.map((j) => images[j]);
}

/** The stream of random numbers for a class in a round. */
export function roundOf(random: Prng, round: number, label: number): Prng {
  return random.fork(`round ${round}, class ${label}`);
}

/** Whether two images are different and differ in each of the factors. */
export function differing(
  dataset: Dataset,
  factors: readonly string[],
): (a: number, b: number) => boolean {
  const known = dataset.length > 0 ? dataset.factors?.(0) ?? {} : {};
  const unknown = factors.find((factor) => !(factor in known));
  if (unknown !== undefined) {
    throw new Problem(
      `${dataset.name} knows no factor "${unknown}"; it knows ` +
        (Object.keys(known).join(", ") || "none: leave `differ` empty"),
    );
  }
  const values = (i: number) => dataset.factors!(i);
  return (a, b) => a !== b && factors.every((factor) => values(a)[factor] !== values(b)[factor]);
}

function impossible(
  dataset: Dataset,
  name: string,
  images: readonly number[],
  differ: readonly string[],
): Problem {
  const found = `class "${name}" of ${dataset.name} has no pairing`;
  if (differ.length === 0) {
    return new Problem(
      `${found} of ${new Set(images).size} images into ${images.length} pairs with each as often ` +
        "partner as anchor: give an even pairsPerClass",
    );
  }
  return new Problem(
    `${found} of its ${images.length} images in which every partner differs in ` +
      `${differ.join(" and ")}: take fewer factors or more images`,
  );
}

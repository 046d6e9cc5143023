/** Which neighbours make a pair. */
import { Problem } from "../base/problem.ts";
import type { Dataset } from "../datasets/dataset.ts";
import type { Candidates } from "../pairs/mined.ts";
import type { Neighbours } from "./neighbours.ts";

/** A rule that candidates are chosen by; k is how many neighbours of each image are looked at. */
export type Rule =
  /** Each is among the k nearest of the other. */
  | { name: "mutual"; k: number }
  /** One is among the k nearest of the other, with at least this cosine. */
  | { name: "threshold"; k: number; similarity: number }
  /** One is the nearest of the other, of those that k-means put into the same cluster. */
  | { name: "cluster"; k: number; clusters: number };

/** The names of the rules. */
export const ruleNames: Rule["name"][] = ["mutual", "threshold", "cluster"];

/**
 * The pairs that a rule makes of neighbours, each once, the most similar first.
 *
 * @param clusterOf for the rule "cluster", the cluster of each image
 */
export function candidatesOf(
  { k, indices, cosines }: Neighbours,
  rule: Rule,
  clusterOf?: ArrayLike<number>,
): Candidates {
  const n = indices.length / k;
  const others = (i: number) => indices.subarray(i * k, (i + 1) * k);
  const picks = (i: number) => placesOf({ k, indices, cosines }, rule, i, clusterOf);
  const found: Pair[] = [];
  for (let i = 0; i < n; i++) {
    for (const at of picks(i)) {
      const j = indices[at];
      if (rule.name === "mutual" && !others(j).includes(i)) continue;
      // Who has picked each other is one pair.
      if (j < i && picks(j).some((back) => indices[back] === i)) continue;
      found.push({ a: Math.min(i, j), b: Math.max(i, j), similarity: cosines[at] });
    }
  }
  return sorted(found);
}

/** The places in the lists of neighbours that image i picks partners from. */
function placesOf(
  { k, indices, cosines }: Neighbours,
  rule: Rule,
  i: number,
  clusterOf?: ArrayLike<number>,
): number[] {
  const places = Array.from({ length: k }, (_, nth) => i * k + nth)
    .filter((at) => indices[at] >= 0);
  switch (rule.name) {
    case "mutual":
      return places;
    case "threshold":
      return places.filter((at) => cosines[at] >= rule.similarity);
    case "cluster": // the first is the nearest
      return places.filter((at) => clusterOf![i] === clusterOf![indices[at]]).slice(0, 1);
  }
}

type Pair = { a: number; b: number; similarity: number };

/** The pairs that both lists have, with the similarity of the first, e.g. of two embeddings. */
export function agreement(first: Candidates, second: Candidates): Candidates {
  const n = 1 + Math.max(...[first, second].map(({ b }) => b.reduce((a, c) => Math.max(a, c), 0)));
  const keys = new Set(second.a.keys().map((i) => second.a[i] * n + second.b[i]));
  return chosen(first, (i) => keys.has(first.a[i] * n + first.b[i]));
}

/** Those that are two pictures: a duplicate is no semantic pair. Some data sets know none. */
export function withoutDuplicates({ likes }: Dataset, candidates: Candidates): Candidates {
  if (!likes) return candidates;
  const { a, b } = candidates;
  return chosen(candidates, (pair) => likes(a[pair]).copyOf !== likes(b[pair]).copyOf);
}

/** Those candidates of which a test says yes. */
export function chosen(
  { a, b, similarity }: Candidates,
  test: (pair: number) => boolean,
): Candidates {
  const kept = Int32Array.from(a.keys().filter(test));
  return {
    a: kept.map((i) => a[i]),
    b: kept.map((i) => b[i]),
    similarity: Float32Array.from(kept, (i) => similarity[i]),
  };
}

/** Of equals, in the order of their images. */
function sorted(pairs: Pair[]): Candidates {
  pairs.sort((p, q) => q.similarity - p.similarity || p.a - q.a || p.b - q.b);
  return {
    a: Int32Array.from(pairs, ({ a }) => a),
    b: Int32Array.from(pairs, ({ b }) => b),
    similarity: Float32Array.from(pairs, ({ similarity }) => similarity),
  };
}

/** A rule in words, e.g. `mutual, k = 10`. */
export function ruleText({ name, ...numbers }: Rule): string {
  return [name, ...Object.entries(numbers).map(([of, value]) => `${of} = ${value}`)].join(", ");
}

/**
 * Checks a rule.
 *
 * @throws {Problem} for numbers that mean nothing
 */
export function checkRule(rule: Rule, images: number): void {
  const whole = (name: string, value: number, least: number, most: number) => {
    if (Number.isInteger(value) && value >= least && value <= most) return;
    throw new Problem(`${name} is ${value}: give a whole number from ${least} to ${most}`);
  };
  whole("k", rule.k, 1, images - 1);
  if (rule.name === "cluster") whole("clusters", rule.clusters, 1, images);
  if (rule.name !== "threshold" || rule.similarity >= -1 && rule.similarity <= 1) return;
  throw new Problem(`similarity is ${rule.similarity}: it is a cosine, from -1 to 1`);
}

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
  const pairs = new Map<number, number>(); // a * n + b, a < b: similarity
  const add = (i: number, at: number) => {
    const j = indices[at];
    pairs.set(Math.min(i, j) * n + Math.max(i, j), cosines[at]);
  };
  for (let i = 0; i < n; i++) {
    for (let at = i * k; at < (i + 1) * k && indices[at] >= 0; at++) {
      const j = indices[at];
      if (rule.name === "mutual" && i < j && others(j).includes(i)) add(i, at);
      if (rule.name === "threshold" && cosines[at] >= rule.similarity) add(i, at);
      if (rule.name === "cluster" && clusterOf![i] === clusterOf![j]) {
        add(i, at);
        break; // the first is the nearest
      }
    }
  }
  return sorted(pairs, n);
}

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

/** Of equals, in the order of their images: whoever mines again gets the same list. */
function sorted(pairs: Map<number, number>, n: number): Candidates {
  const order = [...pairs].sort(([p, s], [q, t]) => t - s || p - q);
  return {
    a: Int32Array.from(order, ([key]) => Math.floor(key / n)),
    b: Int32Array.from(order, ([key]) => key % n),
    similarity: Float32Array.from(order, ([, similarity]) => similarity),
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

/** Few-shot classification: new classes told apart by a handful of images each. */
import { Problem } from "../base/problem.ts";
import { type Prng, prng } from "../base/prng.ts";
import { dispose, jit, tf } from "../engine/mod.ts";
import { checkFinite, type Features, selectRows } from "./features.ts";

/** What an episode is made of. */
export interface Episodes {
  /** Classes of an episode; default 5. */
  ways?: number | "all";
  /** Labelled images of each class. */
  shots: number;
  /** Images of each class that are to be classified; default 15. */
  queries?: number;
  /** How many there are; default 600. */
  episodes?: number;
  seed: number;
  /** The classes' names, for messages; by default they are called by their numbers. */
  names?: readonly string[];
}

/** Rows of one episode, class by class: the first of each come first, then those of the next. */
export interface Episode {
  ways: number;
  /** [ways * shots] */
  support: Int32Array;
  /** [ways * queries] */
  queries: Int32Array;
}

/** Accuracy over episodes, 0 … 1. */
export interface FewShotAccuracy {
  mean: number;
  /** The ends of the 95 % interval: of which episodes are drawn, not of which images there are. */
  low: number;
  high: number;
  /** Episodes. */
  n: number;
  /** Of each episode; those of two backbones are pairs. */
  accuracies: number[];
}

/**
 * Few-shot accuracy of frozen features: in each episode, every query takes the class whose mean of
 * the labelled images is nearest, by Euclidean distance between features as they are (prototypes
 * without any training). The interval is mean ± 1.96 sd / sqrt(n).
 *
 * Episodes depend on the labels and the seed alone: all backbones and arms see the same ones, and
 * 1, 5 and 10 shots ask the same queries. Images are distinct within an episode. Classes without
 * images take no part.
 *
 * @throws {Problem} naming a class with fewer images than shots and queries, and an image whose
 *   features are not finite or whose label is unknown; where there are not so many classes
 * @see Snell et al. 2017, "Prototypical Networks for Few-shot Learning", section 2.2
 *   (arXiv 1703.05175); Ericsson et al. 2021, "How Well Do Self-Supervised Models Transfer?"
 *   (arXiv 2011.13377) and few_shot.py in github.com/linusericsson/ssl-transfer, for the protocol
 */
export async function fewShot(features: Features, options: Episodes): Promise<FewShotAccuracy> {
  return await overEpisodes(features, drawEpisodes(features.labels, options));
}

/**
 * The same on given episodes.
 *
 * @throws {Problem} naming an image whose features are not finite
 */
export async function overEpisodes(
  features: Features,
  episodes: readonly Episode[],
): Promise<FewShotAccuracy> {
  checkFinite(features);
  const x = centred(features), { width } = x;
  const accuracies: number[] = [];
  for (const { ways, support, queries } of episodes) {
    const [shots, asked] = [support.length / ways, queries.length / ways];
    const rows = {
      support: tf.tensor3d(selectRows(x, support).values, [ways, shots, width]),
      queries: tf.tensor2d(selectRows(x, queries).values, [ways * asked, width]),
    };
    const nearest = await nearestCentroid.async(rows);
    const found = await nearest.data<"int32">();
    const right = found.filter((way, i) => way === Math.floor(i / asked)).length;
    accuracies.push(right / found.length);
    dispose(rows, nearest);
  }
  return summary(accuracies);
}

/**
 * The episodes that {@link fewShot} is measured on.
 *
 * @param labels of all images
 * @throws {Problem} where they cannot be drawn
 */
export function drawEpisodes(
  labels: ArrayLike<number>,
  { ways = 5, shots, queries = 15, episodes = 600, seed, names }: Episodes,
): Episode[] {
  check({ shots, queries, episodes, ...(ways === "all" ? {} : { ways }) });
  const members = byClass(labels, shots + queries, { queries, names });
  const count = ways === "all" ? members.length : ways;
  if (count < 2 || count > members.length) {
    throw new Problem(
      `few-shot episodes of ${count} classes cannot be drawn from ${members.length} classes: ` +
        "give a number of ways from 2 to that",
    );
  }
  return Array.from({ length: episodes }, (_, i) => {
    const random = prng(seed).fork(`episode ${i}`);
    const drawn = draw(members, count, random).map((images, way) =>
      draw(images, shots + queries, random.fork(way))
    );
    return {
      ways: count,
      support: Int32Array.from(drawn.flatMap((images) => images.slice(queries))),
      queries: Int32Array.from(drawn.flatMap((images) => images.slice(0, queries))),
    };
  });
}

function check(counts: Record<string, number>): void {
  for (const [name, n] of Object.entries(counts)) {
    if (Number.isInteger(n) && n >= 1) continue;
    throw new Problem(`few-shot: ${name} is ${n}, it must be a whole number from 1`);
  }
}

/** The images of each class that has any. */
function byClass(
  labels: ArrayLike<number>,
  least: number,
  { queries, names }: { queries: number; names?: readonly string[] },
): number[][] {
  const groups = Map.groupBy(Array.from(labels, (_, i) => i), (i) => labels[i]);
  const members = [...groups].sort(([a], [b]) => a - b);
  for (const [label, images] of members) {
    if (label < 0) throw new Problem(`few-shot: image ${images[0]} has no label; leave it out`);
    if (images.length >= least) continue;
    throw new Problem(
      `class ${names ? `"${names[label]}"` : label} has ${images.length} images, but an episode ` +
        `takes ${least - queries} shots and ${queries} queries of a class: lower one of them, or ` +
        "leave out the class",
    );
  }
  return members.map(([, images]) => images);
}

/** So many of the items, each once, in random order: the beginning of a Fisher-Yates shuffle. */
function draw<T>(items: readonly T[], count: number, random: Prng): T[] {
  const rest = [...items];
  for (let i = 0; i < count; i++) {
    const j = i + random.int(rest.length - i);
    [rest[i], rest[j]] = [rest[j], rest[i]];
  }
  return rest.slice(0, count);
}

/** Features less their mean: distances stay, and float32 holds them even far from the origin. */
function centred(features: Features): Features {
  const { values, width, labels: { length } } = features;
  const mean = new Float64Array(width);
  values.forEach((v, at) => mean[at % width] += v / length);
  return { ...features, values: values.map((v, at) => v - mean[at % width]) };
}

type Rows = { support: tf.Tensor3D; queries: tf.Tensor2D };

/**
 * The nearest class of each query, int32 [queries]: of |q - c|^2 = |q|^2 - 2 q c + |c|^2, the first
 * term is the same for every class.
 */
const nearestCentroid = jit(({ support, queries }: Rows) => {
  const centroids = support.mean<tf.Tensor2D>(1); // [ways, width]
  const products = tf.matMul(queries, centroids, false, true); // [queries, ways]
  return centroids.square().sum(1).sub(products.mul(2)).argMin<tf.Tensor1D>(1);
});

function summary(accuracies: number[]): FewShotAccuracy {
  const n = accuracies.length;
  const mean = accuracies.reduce((sum, a) => sum + a, 0) / n;
  const variance = accuracies.reduce((sum, a) => sum + (a - mean) ** 2, 0) / n; // numpy's std
  const half = 1.96 * Math.sqrt(variance / n);
  return { mean, low: mean - half, high: mean + half, n, accuracies };
}

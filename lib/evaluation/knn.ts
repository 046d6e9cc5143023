/** The weighted k-nearest-neighbour classifier: what the features say without any training. */
import { dispose, jit, type Jitted, tf } from "../engine/mod.ts";
import { l2Normalize } from "../methods/normalize.ts";
import { checkFinite, checkSpace, type Features, selectRows } from "./features.ts";
import { accuracy, type Scores } from "./metrics.ts";

const chunk = 256; // queries whose similarities to the whole bank are held at a time

/**
 * Scores of the queries' classes: each of the k most similar images of the bank votes for its class
 * with weight exp(cosine / temperature).
 *
 * @param bank the images that vote; k is capped by their number
 * @param k Wu et al.'s and lightly's value by default, and so is the temperature
 * @throws {Problem} where bank and queries have other classes or features, or features that are no
 *   finite numbers
 * @see Wu et al. 2018, "Unsupervised Feature Learning via Non-Parametric Instance Discrimination",
 *   section 3.4 (arXiv 1805.01978)
 */
export async function knn(
  bank: Features,
  queries: Features,
  { k = 200, temperature = 0.1 }: { k?: number; temperature?: number } = {},
): Promise<Scores> {
  checkSpace(bank, queries);
  checkFinite(bank);
  const { classes, width, labels } = bank;
  const neighbours = Math.min(k, labels.length);
  const nearest = nearestOf(neighbours);
  const total = queries.labels.length;
  const scores = new Float32Array(total * classes);
  const voters = unitRows(bank);
  for (let start = 0; start < total; start += chunk) {
    const end = Math.min(start + chunk, total);
    const rows = queries.values.subarray(start * width, end * width);
    const asking = tf.tensor2d(rows, [end - start, width]);
    const found = await nearest.async(voters, asking);
    const [cosines, indices] = [await found.values.data(), await found.indices.data()];
    for (let i = 0; i < cosines.length; i++) {
      const query = start + Math.floor(i / neighbours);
      scores[query * classes + labels[indices[i]]] += Math.exp(cosines[i] / temperature);
    }
    dispose(asking, found);
  }
  voters.dispose();
  return { values: scores, classes };
}

/**
 * Top-1 accuracy, 0 … 1, where the even rows vote on the odd ones and these on them: how well
 * features tell classes apart that nothing else is known of.
 */
export async function knnHalfByHalf(
  features: Features,
  options: { k?: number; temperature?: number } = {},
): Promise<number> {
  const rows = [...features.labels.keys()];
  const halves = [0, 1].map((rest) => selectRows(features, rows.filter((i) => i % 2 === rest)));
  const right = await Promise.all(halves.map(async (asking, i) => {
    const { top1 } = accuracy(await knn(halves[1 - i], asking, options), asking.labels);
    return top1 * asking.labels.length;
  }));
  return (right[0] + right[1]) / rows.length;
}

const normalize = jit(l2Normalize);

/** Once for all chunks. */
function unitRows({ values, width, labels }: Features): tf.Tensor2D {
  const rows = tf.tensor2d(values, [labels.length, width]);
  const unit = normalize(rows);
  rows.dispose();
  return unit;
}

type Nearest = Jitted<[tf.Tensor2D, tf.Tensor2D], { values: tf.Tensor; indices: tf.Tensor }>;

const searches = new Map<number, Nearest>();

/** One for each k in a process: whoever asks again and again traces once. */
function nearestOf(k: number): Nearest {
  const compile = () =>
    jit((bank: tf.Tensor2D, queries: tf.Tensor2D) => { // the bank of unit vectors
      const cosine = tf.matMul(l2Normalize(queries), bank, false, true);
      const { values, indices } = tf.topk(cosine, k); // [chunk, k] each
      return { values, indices };
    });
  if (!searches.has(k)) searches.set(k, compile());
  return searches.get(k)!;
}

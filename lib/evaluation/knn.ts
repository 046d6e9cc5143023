/** The weighted k-nearest-neighbour classifier: what the features say without any training. */
import { dispose, jit, tf } from "../engine/mod.ts";
import { l2Normalize } from "../methods/normalize.ts";
import { checkFinite, checkLabels, checkSpace, type Features, selectRows } from "./features.ts";
import { accuracy, type Scores } from "./metrics.ts";
import { nearestOfUnit } from "./neighbours.ts";
import type { Rows } from "./rows.ts";

/**
 * Scores of the queries' classes: each of the k most similar images of the bank votes for its class
 * with weight exp(cosine / temperature).
 *
 * @param bank the images that vote; k is capped by their number
 * @param k Wu et al.'s and lightly's value by default, and so is the temperature
 * @throws {Problem} where bank and queries have other classes or features, features are no finite
 *   numbers, or an image that votes has no class
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
  checkLabels(bank);
  const { classes, labels } = bank;
  const neighbours = Math.min(k, labels.length);
  const total = queries.labels.length;
  const scores = new Float32Array(total * classes);
  const [voters, asking] = [await unitRows(bank), await unitRows(queries)];
  const { indices, cosines } = await nearestOfUnit(voters, asking, neighbours);
  for (let i = 0; i < cosines.length; i++) {
    const query = Math.floor(i / neighbours);
    scores[query * classes + labels[indices[i]]] += Math.exp(cosines[i] / temperature);
  }
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

/** In single precision, as torch has it: stored runs hang on the last bit. */
async function unitRows({ values, width, labels }: Features): Promise<Rows> {
  const rows = tf.tensor2d(values, [labels.length, width]);
  const unit = normalize(rows);
  const found = await unit.data<"float32">();
  dispose(rows, unit);
  return { values: found, width };
}

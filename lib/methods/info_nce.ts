/** InfoNCE: a query must find its key among negatives. */
import { softmaxCrossEntropy, tf } from "../engine/mod.ts";
import { sameClass, shiftedIdentity } from "./negatives.ts";
import { requirePairs, requirePositive } from "./ranges.ts";

/**
 * InfoNCE, the loss of contrastive methods. For unit vectors q (queries), k (their keys) and m
 * (negatives, the same for all queries),
 *   l(i) = -log( exp(q_i . k_i / t) / ( exp(q_i . k_i / t) + sum_j exp(q_i . m_j / t) ) )
 * and the loss is the mean of l. A query all of whose negatives are excluded has l = 0.
 *
 * @param query [n, d] unit vectors
 * @param key [n, d] unit vectors
 * @param negatives [m, d] unit vectors
 * @param temperature t > 0
 * @param excluded [n, m], 1 where a negative is left out of a query's sum, else 0
 * @returns scalar, in nats
 * @see van den Oord et al. 2018, eq. 4 (arXiv 1807.03748); He et al. 2020, MoCo, eq. 1 (arXiv 1911.05722)
 * @example
 * ```ts
 * import { tf } from "../engine/mod.ts";
 * import { ok } from "node:assert/strict";
 * const [x, y] = [tf.tensor2d([[1, 0]]), tf.tensor2d([[0, 1]])];
 * const [loss] = await infoNce(x, x, y, { temperature: 0.5 }).data();
 * ok(Math.abs(loss - Math.log(1 + Math.exp(-2))) < 1e-6);
 * ```
 */
export function infoNce(
  query: tf.Tensor2D,
  key: tf.Tensor2D,
  negatives: tf.Tensor2D,
  { temperature, excluded }: { temperature: number; excluded?: tf.Tensor2D },
): tf.Scalar {
  requirePositive("InfoNCE", { temperature });
  const q = query.div<tf.Tensor2D>(temperature);
  const positive = q.mul<tf.Tensor2D>(key).sum<tf.Tensor2D>(1, true); // [n, 1]
  const others = tf.matMul<tf.Tensor2D>(q, negatives, false, true); // [n, m]
  const left = excluded ? others.sub<tf.Tensor2D>(excluded.mul(1e9)) : others;
  const logits = tf.concat2d([positive, left], 1); // [n, 1 + m]
  // Every row's target is the first column: one row of targets serves all.
  return softmaxCrossEntropy(logits, shiftedIdentity(1, logits.shape[1])).mean();
}

/**
 * InfoNCE within a batch: a query's negatives are the keys of the other pairs.
 *
 * @param query [n, d] unit vectors, n >= 2
 * @param key [n, d] unit vectors
 * @param temperature t > 0
 * @param excluded int32 [n] labels: keys of other pairs with the same label are no negatives
 * @returns scalar, in nats
 * @throws {Problem} for a batch of one pair, which has no negatives
 */
export function batchInfoNce(
  query: tf.Tensor2D,
  key: tf.Tensor2D,
  { temperature, excluded }: { temperature: number; excluded?: tf.Tensor1D },
): tf.Scalar {
  const n = query.shape[0];
  requirePairs("InfoNCE", n, "has no negatives");
  // Either way its own key, which is no negative, is excluded too.
  const left = excluded ? sameClass(excluded, excluded) : shiftedIdentity(n, n);
  return infoNce(query, key, key, { temperature, excluded: left });
}

/** From the pairs of a batch to what a method sees of them. */
import type { Prng } from "../base/prng.ts";
import type { Dataset } from "../datasets/dataset.ts";
import { alone, orDispose, type Replicas, tf } from "../engine/mod.ts";
import type { Views } from "../methods/method.ts";
import type { Policy } from "../views/policy.ts";
import { makeViews, pairViews, type Part } from "../views/views.ts";
import { type Batch, splitBatch } from "./batches.ts";

/** Multi-crop: so many further views of each image, small ones as a rule. */
export type CropsConfig = { perImage: number; views: Policy };

/**
 * Makes the views of batches: both full views of each pair, its class, and with multi-crop as many
 * small views of the anchor as of the partner. A batch may be split into parts of equal size; where an
 * anchor has both kinds of partners, each part comes twice, with the anchors as partners first: the
 * gradient is then the mean over both losses.
 *
 * Of a batch that processes share, each makes its own part: together they have what one would have.
 *
 * Each kind of view draws from a generator of its own, so that the anchors' views are the same
 * whoever their partners are, with and without multi-crop.
 */
export function batchViews(
  dataset: Dataset,
  { views, crops, parts = 1, both = false, replicas = alone }: {
    views: Policy;
    crops?: CropsConfig;
    parts?: number;
    both?: boolean;
    replicas?: Pick<Replicas, "count" | "rank">;
  },
): (batch: Batch, prng: Prng) => Promise<Views[]> {
  const whole = makeViews(views);
  const small = crops && makeViews(crops.views);
  const viewsOf = async (batch: Batch, prng: Prng): Promise<Views> => {
    const part = shareOf(batch, replicas);
    const pair = await pairViews(whole, dataset, batch, prng, part);
    const cropped: tf.Tensor4D[] = [];
    return await orDispose([pair, cropped], async () => {
      for (let i = 0; i < (crops?.perImage ?? 0); i++) {
        const { anchor, partner } = await pairViews(
          ...[small!, dataset, batch, prng.fork(`crop ${i}`), part] as const,
        );
        cropped.push(anchor, partner);
      }
      const own = batch.anchors.subarray(part.from, part.until);
      const labels = tf.tensor1d(own.map((i) => dataset.label(i)), "int32");
      return { ...pair, crops: cropped, labels };
    });
  };
  return async (batch, prng) => {
    const made: Views[] = [];
    return await orDispose(made, async () => {
      for (const [i, part] of splitBatch(batch, parts).entries()) {
        const random = i === 0 ? prng : prng.fork(`part ${i}`);
        if (both) made.push(await viewsOf({ ...part, partners: part.anchors }, random));
        made.push(await viewsOf(part, random));
      }
      return made;
    });
  };
}

/** The rows of a batch that are one's own. */
function shareOf({ anchors }: Batch, { count, rank }: Pick<Replicas, "count" | "rank">): Part {
  const size = anchors.length / count;
  return { from: rank * size, until: (rank + 1) * size };
}

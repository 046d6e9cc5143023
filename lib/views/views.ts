/** Random views of a data set's images, as batches for a network. */
import { Problem } from "../base/problem.ts";
import type { Prng } from "../base/prng.ts";
import type { Dataset } from "../datasets/dataset.ts";
import { engineInfo, orDispose, type tf } from "../engine/mod.ts";
import { heldViews, largeHeldViews } from "./held.ts";
import type { Policy } from "./policy.ts";
import { streamedViews } from "./streamed.ts";

/** What views are made of: any data set, or anything else that has images. */
export type Images = Pick<Dataset, "name" | "image" | "id" | "stream">;

/**
 * Makes one view of each indexed image, [n, size, size, 3], normalised by ImageNet's statistics.
 * The caller disposes of it.
 *
 * @param part which of the views are made, default all: they are the same whoever makes the others
 * @throws {Problem} where the images of a batch that is held in memory differ in size, and where a
 *   streamed image cannot be decoded
 */
export type Views = (
  images: Images,
  indices: ArrayLike<number>,
  prng: Prng,
  part?: Part,
) => Promise<tf.Tensor4D>;

/** From one row of a batch until another. */
export type Part = { from: number; until: number };

/** Sides of views up to which a batch is quicker as a whole than in groups. */
const smallSide = 48;

/**
 * The views of a policy. The first batch of each size of batch and image compiles for seconds, once
 * in a process: keep batches of one size.
 *
 * The views depend on the policy, the images and the generator alone, not on whether the images are
 * held or streamed: files of the same pixels give the same views to rounding.
 *
 * @example
 * ```ts
 * import { deepStrictEqual } from "node:assert/strict";
 * import { prng } from "../base/prng.ts";
 * import { simclr } from "./policy.ts";
 * const grey = { data: new Uint8Array(3 * 64 * 64).fill(128), height: 64, width: 64 };
 * const views = makeViews(simclr(32));
 * const batch = await views({ name: "grey", image: () => grey }, [0, 1], prng(1).fork("anchor"));
 * deepStrictEqual(batch.shape, [2, 32, 32, 3]);
 * batch.dispose();
 * ```
 */
export function makeViews(policy: Policy): Views {
  const large = policy.size > smallSide && engineInfo().name === "tensorflow";
  const held = large ? largeHeldViews(policy) : heldViews(policy);
  const streamed = streamedViews(policy);
  return async (images, indices, prng, { from, until } = { from: 0, until: indices.length }) => {
    const chosen = Array.from(indices);
    const make = images.stream ? streamed : held;
    if (chosen.length > 0) return await make(images, chosen, prng, { from, until });
    throw new Problem(`${images.name}: a batch of no images has no views`);
  };
}

/**
 * Views of both images of each pair. Anchors and partners draw from generators of their own, so the
 * anchors' views are the same whoever their partners are.
 */
export async function pairViews(
  views: Views,
  images: Images,
  { anchors, partners }: { anchors: ArrayLike<number>; partners: ArrayLike<number> },
  prng: Prng,
  part?: Part,
): Promise<{ anchor: tf.Tensor4D; partner: tf.Tensor4D }> {
  const anchor = await views(images, anchors, prng.fork("anchor"), part);
  const partner = await orDispose(
    anchor,
    () => views(images, partners, prng.fork("partner"), part),
  );
  return { anchor, partner };
}

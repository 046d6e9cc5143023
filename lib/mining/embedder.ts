/** What turns images into vectors, in whose cosines the miner trusts. */
import type { Progress } from "../base/progress.ts";
import type { Dataset } from "../datasets/dataset.ts";
import { featuresOf, type Frozen } from "../evaluation/frozen.ts";
import type { Rows } from "../evaluation/rows.ts";

/** An embedding of images. */
export interface Embedder {
  /** What it is called where mined pairs are reported. */
  name: string;
  /** Of the weights, and of what images become before the network sees them. */
  hash: string;
  /** One vector an image, in the order of the set; their lengths do not matter. */
  embed(dataset: Dataset, progress?: Progress): Promise<Rows>;
}

/**
 * The features of a backbone, kept in the cache.
 *
 * @param size side of its input in pixels
 */
export function byBackbone(
  network: Frozen,
  { size, name }: { size: number; name: string },
): Embedder {
  return {
    name,
    hash: `${network.hash}, ${size} px`,
    embed: (dataset, progress) => featuresOf(network, dataset, { size, progress }),
  };
}

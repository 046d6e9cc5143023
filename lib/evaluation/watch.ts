/**
 * What is looked at while a backbone is being trained: whether its features tell classes apart, and
 * whether they still tell images apart.
 *
 * Labels of the pretraining images take part in watching only: nothing is chosen or stopped by them.
 */
import { Problem } from "../base/problem.ts";
import { prng } from "../base/prng.ts";
import type { Dataset } from "../datasets/dataset.ts";
import { backbone as backboneOf, type BackboneConfig } from "../models/backbone.ts";
import type { PairList } from "../pairs/pair_list.ts";
import type { EpochEnd } from "../training/fit.ts";
import { extract, type Features, selectRows } from "./features.ts";
import { alignment, featureStd, uniformity } from "./geometry.ts";
import { knnHalfByHalf } from "./knn.ts";

/** A run, and how it is watched. */
export interface Watched {
  dataset: Dataset;
  pairs: PairList;
  backbone: BackboneConfig;
  /** Side of the network's input in pixels, that of pretraining. */
  size: number;
  seed: number;
  /** Anchors to look at; fewer where there are no more. */
  images?: number;
}

/**
 * Features whose standard deviation is lower have collapsed. What was measured on 32 px scenes:
 * trained by SimCLR .5; untrained ResNets .05 (ResNet-50) … .3, even ResNet-152 .015, untrained
 * vision transformers .5 … .9; of a network whose features have died in all images but one .008.
 */
const collapsed = 0.01;

const neighbours = 20; // the study's value

/**
 * Watches a run by a fixed sample of its anchors, drawn by a generator of its own. The observations:
 *
 *   kNN         top-1 accuracy, 0 … 1, of each half of the anchors by the votes of the other
 *   featureStd  of the anchors' features, see geometry.ts
 *   alignment   of the anchors' features with their partners'
 *   uniformity  of the anchors' features
 *
 * Features are those that the probes use: of whole images, before any projector. Alignment is
 * therefore 0 where each image is its own partner; how a projector fares, `fit` watches itself.
 *
 * @throws {Problem} where there are fewer than four anchors; when observing, where the features have
 *   collapsed
 */
export function watcher(
  { dataset, pairs, backbone, size, seed, images = 512 }: Watched,
): (end: EpochEnd) => Promise<Record<string, number>> {
  const model = backboneOf(backbone);
  const { anchors, partners } = sample(pairs, images, seed);
  const known = [...new Set([...anchors, ...partners])]; // each image once
  const rowOf = new Map(known.map((image, row) => [image, row]));
  const rowsOf = (all: Features, images: number[]) =>
    selectRows(all, images.map((image) => rowOf.get(image)!));
  return async (end) => {
    const all = await extract(model, end.backbone, dataset, { size, indices: known });
    const x = rowsOf(all, anchors);
    const spread = featureStd(x);
    if (!(spread >= collapsed)) throw collapse(spread, end); // NaN has collapsed, too
    return {
      kNN: await knnHalfByHalf(x, { k: neighbours }),
      featureStd: spread,
      alignment: alignment(x, rowsOf(all, partners)),
      uniformity: uniformity(x),
    };
  };
}

/** Some of the anchors, each once, with the first partner that each of them has. */
function sample(pairs: PairList, images: number, seed: number) {
  const partnerOf = new Map<number, number>();
  pairs.anchors.forEach((anchor, i) => {
    if (!partnerOf.has(anchor)) partnerOf.set(anchor, pairs.partners[i]);
  });
  if (Math.min(partnerOf.size, images) < 4) {
    throw new Problem(
      `a run is watched by four anchors or more, but there are ${partnerOf.size} and ${images} are ` +
        "asked for: give more",
    );
  }
  const anchors = prng(seed).fork("watch").shuffle(partnerOf.keys()).slice(0, images);
  return { anchors, partners: anchors.map((anchor) => partnerOf.get(anchor)!) };
}

function collapse(spread: number, { step, total, epoch }: EpochEnd): Problem {
  return new Problem(
    `the features have collapsed at step ${step + 1} of ${total}, epoch ${
      epoch + 1
    }: their standard ` +
      `deviation is ${
        spread.toPrecision(2)
      }, an untrained network's is well above 0.01; lower the ` +
      "learning rate, lengthen the warm-up, or check the weight decay and the method's options",
  );
}

/**
 * What is looked at while a backbone is being trained: whether its features tell classes apart, and
 * whether they still tell images apart.
 *
 * Labels of the pretraining images take part in watching only: nothing is chosen or stopped by them.
 */
import { unlabeled } from "../datasets/dataset.ts";
import { Problem } from "../base/problem.ts";
import { type Prng, prng } from "../base/prng.ts";
import { backbone as backboneOf } from "../models/backbone.ts";
import type { PairList } from "../pairs/pair_list.ts";
import type { EpochEnd, Fit, TrainingConfig } from "../training/fit.ts";
import { extract } from "./features.ts";
import { alignment, featureStd, uniformity } from "./geometry.ts";
import { knnHalfByHalf } from "./knn.ts";

/** What of a run its watcher looks at; a `Fit` will do. */
export type Watched = Pick<Fit, "dataset" | "pairs" | "backbone" | "seed"> & {
  training: Pick<TrainingConfig, "views">;
};

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
 *   alignment   of positive pairs: views of the anchors and of their partners, the same in each epoch
 *   uniformity  of the anchors' features
 *
 * Features are those that the probes use, before any projector; how that fares, `fit` watches
 * itself. But for alignment they are of whole images.
 *
 * @param images anchors to look at; fewer where there are no more
 * @throws {Problem} where there are fewer than four anchors; when observing, where the features have
 *   collapsed
 */
export function watcher(
  { dataset, pairs, backbone, seed, training: { views } }: Watched,
  { images = 512 } = {},
): (end: EpochEnd) => Promise<Record<string, number>> {
  const model = backboneOf(backbone);
  const random = prng(seed).fork("watch");
  const { anchors, partners } = sample(pairs, images, random);
  const { size } = views;
  return async (end) => {
    const look = (indices: number[], options = {}) =>
      extract(model, end.backbone, dataset, { size, indices, ...options });
    const x = await look(anchors);
    const std = featureStd(x);
    if (!(std >= collapsed)) throw collapse(std, end); // NaN has collapsed, too
    return {
      ...(x.labels.includes(unlabeled) ? {} : { kNN: await knnHalfByHalf(x, { k: neighbours }) }),
      featureStd: std,
      alignment: alignment(
        await look(anchors, { views, random: random.fork("anchor") }),
        await look(partners, { views, random: random.fork("partner") }),
      ),
      uniformity: uniformity(x),
    };
  };
}

/** Some of the anchors, each once, with the first partner that each of them has. */
function sample(pairs: PairList, images: number, random: Prng) {
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
  const anchors = random.fork("sample").shuffle(partnerOf.keys()).slice(0, images);
  return { anchors, partners: anchors.map((anchor) => partnerOf.get(anchor)!) };
}

function collapse(std: number, { step, total, epoch }: EpochEnd): Problem {
  const where = `at step ${step + 1} of ${total}, epoch ${epoch + 1}`;
  return new Problem(
    `the features have collapsed ${where}: their standard deviation is ${std.toPrecision(2)}, an ` +
      "untrained network's is well above 0.01; lower the learning rate, lengthen the warm-up, or " +
      "check the weight decay and the method's options",
  );
}

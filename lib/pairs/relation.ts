/** Which images belong together, and so what a pair of them is. */
import { type Dataset, unlabeled } from "../datasets/dataset.ts";

/** All classes of image i; none where it is unlabelled. */
export function labelsOf(dataset: Dataset, i: number): readonly number[] {
  if (dataset.labels) return dataset.labels(i);
  const label = dataset.label(i);
  return label === unlabeled ? [] : [label];
}

/**
 * Whether two images share a class. An image without a label is related to none, for nobody knows;
 * where images have several classes, one in common is enough.
 */
export function related(dataset: Dataset, a: number, b: number): boolean {
  if (dataset.labels) {
    const labels = dataset.labels(b);
    return dataset.labels(a).some((label) => labels.includes(label));
  }
  const label = dataset.label(a);
  return label !== unlabeled && label === dataset.label(b);
}

/** What one pair is; "unknown" are two images of which one has no label. */
export type Relation = "augmented" | "semantic" | "false" | "unknown";

/**
 * What a pair is: an image with itself, two of a class, two that share no class.
 *
 * @example
 * ```ts ignore
 * pairKind(images, list.anchors[0], list.partners[0]); // "semantic"
 * ```
 */
export function pairKind(dataset: Dataset, anchor: number, partner: number): Relation {
  if (anchor === partner) return "augmented";
  if (related(dataset, anchor, partner)) return "semantic";
  const labelled = (i: number) => labelsOf(dataset, i).length > 0;
  return labelled(anchor) && labelled(partner) ? "false" : "unknown";
}

/** A part of a data set, as a data set. */
import { keyOf, sha256 } from "../base/hash.ts";
import { type Dataset, unlabeled } from "./dataset.ts";

/**
 * Some images of a data set, in the order of the indices.
 *
 * @param name what is added to the set's name
 * @param classes those that remain, with labels counted anew; all by default
 */
export function subset(
  dataset: Dataset,
  indices: ArrayLike<number>,
  { name, classes = dataset.classes }: { name: string; classes?: readonly string[] },
): Dataset {
  const chosen = Int32Array.from(indices);
  const position = new Map(classes.map((each, label) => [each, label]));
  const renumbered = dataset.classes.map((each) => position.get(each) ?? unlabeled);
  const relabel = (label: number) => label === unlabeled ? unlabeled : renumbered[label];
  const { id, factors, boxes, stream, contentHash } = dataset;
  const labels = dataset.labels &&
    ((i: number) => dataset.labels!(chosen[i]).map(relabel).filter((label) => label !== unlabeled));
  const part = (hash: string) =>
    keyOf({ hash, indices: sha256(new Uint8Array(chosen.buffer)), classes });
  return {
    name: `${dataset.name}, ${name}`,
    classes,
    length: chosen.length,
    hash: part(dataset.hash),
    ...(contentHash ? { contentHash: part(contentHash) } : {}),
    image: (i) => dataset.image(chosen[i]),
    label: (i) => labels ? labels(i)[0] ?? unlabeled : relabel(dataset.label(chosen[i])),
    ...(labels && { labels }),
    ...(id && { id: (i) => id(chosen[i]) }),
    ...(factors && { factors: (i) => factors(chosen[i]) }),
    ...(boxes && {
      boxes: (i) =>
        boxes(chosen[i]).map((box) => ({ ...box, label: relabel(box.label) }))
          .filter(({ label }) => label !== unlabeled),
    }),
    ...(stream && {
      stream: { extent: (i) => stream.extent(chosen[i]), read: (i) => stream.read(chosen[i]) },
    }),
  };
}

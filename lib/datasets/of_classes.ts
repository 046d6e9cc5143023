/** A part of a source: some of its classes, so that a subset can be made anew from the full set. */
import { Problem } from "../base/problem.ts";
import type { ListedImage, Source } from "./source.ts";

/**
 * The same source with some of its classes alone, in its own order. Images without a class take no part:
 * a set of which nobody else has the other classes has the same content as this part of the full one.
 *
 * @param wanted names of classes; of synsets, which begin with their number, that is enough
 * @throws {Problem} when the tree is listed, naming what it does not have
 */
export function ofClasses(source: Source, wanted: readonly string[]): Source {
  return {
    ...source,
    list: async (tree) => {
      const { classes, splits, skipped } = await source.list(tree);
      const asked = new Set(wanted);
      const namesOf = (full: string) => /^n\d{8} /.test(full) ? [full, full.slice(0, 9)] : [full];
      const unknown = asked.difference(new Set(classes.flatMap(namesOf))).values().next().value;
      if (unknown !== undefined) {
        throw new Problem(
          `${tree.path} has no class "${unknown}": it has ${classes.length} others`,
        );
      }
      const chosen = classes.filter((full) => namesOf(full).some((name) => asked.has(name)));
      const label = new Map(chosen.map((each, i) => [classes.indexOf(each), i]));
      const relabelled = (images: ListedImage[]) =>
        images.map((image) => withLabels(image, label)).filter(({ labels }) => labels.length > 0);
      const parts = Object.entries(splits).map(([split, images]) => [split, relabelled(images)]);
      return {
        classes: chosen,
        splits: Object.fromEntries(parts.filter(([, images]) => images.length > 0)),
        skipped,
      };
    },
  };
}

/** The image with the classes and objects that are among the labels, counted anew. */
function withLabels(image: ListedImage, label: ReadonlyMap<number, number>): ListedImage {
  const { boxes, ...rest } = image;
  const renumbered = boxes?.flatMap((box) => {
    const of = label.get(box.label);
    return of === undefined ? [] : [{ ...box, label: of }];
  });
  return {
    ...rest,
    labels: image.labels.map((each) => label.get(each)).filter((each) => each !== undefined),
    ...(renumbered && { boxes: renumbered }),
  };
}

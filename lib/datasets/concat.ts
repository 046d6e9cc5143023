/** Several data sets of the same classes, as one. */
import { keyOf } from "../base/hash.ts";
import { Problem } from "../base/problem.ts";
import type { Dataset } from "./dataset.ts";

/**
 * The images of all, one set after the other. What only some of them know (factors, boxes, …) is
 * left out, and so is what is known of likes, which counts within a set.
 *
 * @throws {Problem} where they differ in their classes, or some are streamed and others are not
 */
export function concat(name: string, sets: readonly Dataset[]): Dataset {
  const [{ classes, stream }] = sets;
  const odd = sets.find((set) => set.classes.join("\n") !== classes.join("\n"));
  if (odd) throw new Problem(`${name}: ${odd.name} has other classes than ${sets[0].name}`);
  if (sets.some((set) => !set.stream !== !stream)) {
    throw new Problem(`${name}: some sets are streamed and others are not: load them alike`);
  }
  const ends = sets.map((_, k) => sets.slice(0, k + 1).reduce((n, { length }) => n + length, 0));
  const at = <T>(read: (set: Dataset, i: number) => T) => (i: number): T => {
    const k = ends.findIndex((end) => i < end);
    return read(sets[k], i - (ends[k - 1] ?? 0));
  };
  const all = (field: "labels" | "id" | "factors" | "boxes" | "contentHash") =>
    sets.every((set) => set[field] !== undefined);
  return {
    name,
    classes,
    length: ends.at(-1)!,
    hash: keyOf(sets.map(({ hash }) => hash)),
    image: at((set, i) => set.image(i)),
    label: at((set, i) => set.label(i)),
    ...(all("contentHash") && { contentHash: keyOf(sets.map((set) => set.contentHash)) }),
    ...(all("labels") && { labels: at((set, i) => set.labels!(i)) }),
    ...(all("id") && { id: at((set, i) => set.id!(i)) }),
    ...(all("factors") && { factors: at((set, i) => set.factors!(i)) }),
    ...(all("boxes") && { boxes: at((set, i) => set.boxes!(i)) }),
    ...(stream && {
      stream: {
        extent: at((set, i) => set.stream!.extent(i)),
        read: at((set, i) => set.stream!.read(i)),
      },
    }),
  };
}

/** What the arms of a comparison are made of. */
import type { Dataset } from "../datasets/dataset.ts";
import type { PairList } from "./pair_list.ts";
import { labelsOf, pairKind, type Relation } from "./relation.ts";
import type { Note } from "./sample.ts";

/** Compositions, as rows to be shown. */
export interface MatchReport {
  /** One quantity a row, one column an arm, by its kind. */
  summary: ({ quantity: string } & Record<string, number | string>)[];
  /** What the pairs of each arm, over all epochs, are found to be, whatever their list claims. */
  kinds: ({ arm: string; pairs: number } & Record<Relation, number>)[];
  /** Of the first arm, in an epoch; an image counts for each of its classes. */
  classes: { class: string; anchors: number; partners: number }[];
  /** What was left out or let pass, and how often. */
  notes: Note[];
}

type Pairs = Pick<PairList, "anchors" | "partners">;

/** The compositions of arms side by side. */
export function reportOn(
  dataset: Dataset,
  arms: readonly PairList[],
  notes: Note[] = [],
): MatchReport {
  const names = arms.map(({ kind }, i) =>
    arms.every((other, j) => i === j || other.kind !== kind) ? kind : `${kind} ${i + 1}`
  );
  const kinds = arms.map((pairs, i) => ({ arm: names[i], ...countKinds(dataset, pairs) }));
  const columns = arms.map((pairs, i) => composition(dataset, pairs, kinds[i]));
  const summary = columns[0].map(([quantity], row) => ({
    quantity,
    ...Object.fromEntries(names.map((name, i) => [name, columns[i][row][1]])),
  }));
  const { anchors, partners } = epochOf(arms[0], 0);
  const [anchorsOf, partnersOf] = [anchors, partners].map((list) => perClass(dataset, list));
  const classes = dataset.classes.map((name, label) => ({
    class: name,
    anchors: anchorsOf[label],
    partners: partnersOf[label],
  }));
  return { summary, kinds, classes, notes };
}

/** The pairs of one epoch. */
export function epochOf({ anchors, partners, perEpoch }: PairList, epoch: number): Pairs {
  const [from, to] = [epoch * perEpoch, (epoch + 1) * perEpoch];
  return { anchors: anchors.subarray(from, to), partners: partners.subarray(from, to) };
}

/** How often each image of the data set is in these pairs, as anchor or partner. */
export function timesSeen(dataset: Dataset, { anchors, partners }: Pairs): Int32Array {
  const times = new Int32Array(dataset.length);
  for (const i of anchors) times[i]++;
  for (const i of partners) times[i]++;
  return times;
}

function perClass(dataset: Dataset, images: Int32Array): Int32Array {
  const counts = new Int32Array(dataset.classes.length);
  for (const i of images) for (const label of labelsOf(dataset, i)) counts[label]++;
  return counts;
}

function countKinds(dataset: Dataset, { anchors, partners }: Pairs) {
  const counts = { pairs: anchors.length, augmented: 0, semantic: 0, false: 0, unknown: 0 };
  for (let k = 0; k < anchors.length; k++) counts[pairKind(dataset, anchors[k], partners[k])]++;
  return counts;
}

/** What an arm is made of, quantity by quantity. */
function composition(
  dataset: Dataset,
  pairs: PairList,
  { augmented, semantic }: Record<Relation, number>,
): [string, number | string][] {
  const epoch = epochOf(pairs, 0), { anchors, partners } = pairs;
  const times = timesSeen(dataset, epoch).filter((count) => count > 0);
  const inClass = perClass(dataset, epoch.anchors).filter((count) => count > 0);
  const share = (count: number) => `${(100 * count / anchors.length).toFixed(1)} %`;
  const sameFactor = (factor: string) =>
    anchors.reduce(
      (count, anchor, k) =>
        count + Number(dataset.factors!(anchor)[factor] === dataset.factors!(partners[k])[factor]),
      0,
    );
  return [
    ["images", timesSeen(dataset, pairs).filter((count) => count > 0).length],
    ["classes", inClass.length],
    ["pairs an epoch", pairs.perEpoch],
    ["anchors a class", range(inClass)],
    ["times an epoch sees each image", range(times)],
    ["epochs with partners of their own", anchors.length / pairs.perEpoch],
    ["partner is the same image", share(augmented)],
    ["partner is of the same class", share(augmented + semantic)],
    ...factorsOf(dataset, epoch.anchors).map((factor): [string, string] => [
      `partner has the same ${factor}`,
      share(sameFactor(factor)),
    ]),
  ];
}

/** The factors; one that no two images share, such as a position, says nothing and is left out. */
function factorsOf(dataset: Dataset, anchors: Int32Array): string[] {
  const images = [...new Set(anchors)];
  return Object.keys(dataset.factors?.(images[0]) ?? {}).filter((factor) =>
    new Set(images.map((i) => dataset.factors!(i)[factor])).size <= images.length / 2
  );
}

/** `[3, 3]` → `3`; `[2, 5]` → `2 to 5`; none → 0. */
function range(values: Int32Array): number | string {
  if (values.length === 0) return 0;
  const sorted = values.toSorted(), low = sorted[0], high = sorted[sorted.length - 1];
  return low === high ? low : `${low} to ${high}`;
}

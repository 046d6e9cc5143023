/** Which images a comparison uses, in which order, and among whom their partners are sought. */
import { Problem } from "../base/problem.ts";
import type { Prng } from "../base/prng.ts";
import { type Dataset, unlabeled } from "../datasets/dataset.ts";
import { dealer } from "./deal.ts";
import { drawLabels, homeLabels } from "./label_groups.ts";
import { labelsOf } from "./relation.ts";

/** How much of a data set is used. */
export interface SampleOptions {
  /** The classes, by name, or so many of them drawn at random (default: all). */
  classes?: readonly string[] | number;
  /** Images of each class, drawn at random (default: as many as `pairsPerClass`, else all). */
  imagesPerClass?: number | "all";
  /** Pairs an epoch of each class (default: as many as it has images). */
  pairsPerClass?: number;
  /** What to do with a class that has too few images (default: refuse, naming it). */
  smallClasses?: "refuse" | "leave out";
  /** How many epochs have partners of their own before they repeat (default 1: fixed partners). */
  rounds?: number;
}

/** Something that a report has to tell: how often it was so. */
export interface Note {
  note: string;
  count: number;
}

/** The images of a comparison. */
export interface Sample {
  /** The hash of the data set. */
  dataset: string;
  /** Image indices, an epoch after the other; each epoch has the same number. */
  anchors: Int32Array;
  perEpoch: number;
  rounds: number;
  /**
   * Within an epoch, the places whose images may be partners of each other: by label, in ascending
   * order; every place is in one group.
   */
  groups(round: number): Map<number, number[]>;
  /** What is not in the sample, though it might have been. */
  leftOut: Note[];
}

/**
 * Draws the images of a comparison.
 *
 * @throws {Problem} for options that mean nothing here, and where classes are too small
 */
export function sampleImages(dataset: Dataset, options: SampleOptions, random: Prng): Sample {
  checkNumbers(options);
  let unlabelled = 0, several = false;
  for (let i = 0; i < dataset.length; i++) {
    const count = dataset.labels?.(i).length ?? Number(dataset.label(i) !== unlabeled);
    if (count === 0) unlabelled++;
    if (count > 1) several = true;
  }
  if (unlabelled === dataset.length) {
    throw new Problem(
      `${dataset.name} has no labels, and a semantic pair is two images of one class: use ` +
        "pairs.augmentedOnly, or pairs that people made (pairs.curated)",
    );
  }
  const sample = (several ? sampleOfSeveral : sampleByClass)(dataset, options, random);
  const leftOut = [{ note: "images without a label, left out", count: unlabelled }];
  return { ...sample, leftOut: [...leftOut, ...sample.leftOut].filter(({ count }) => count > 0) };
}

/** All images, each once an epoch and in one order; labels, if there are any, play no part. */
export function sampleAll(dataset: Dataset, options: SampleOptions, random: Prng): Sample {
  checkNumbers(options);
  const order = random.fork("order").shuffle(Array(dataset.length).keys());
  const { length } = order, { rounds = 1 } = options;
  return {
    ...{ dataset: dataset.hash, perEpoch: length, rounds, leftOut: [] },
    anchors: Int32Array.from({ length: rounds * length }, (_, k) => order[k % length]),
    groups: () => new Map([[unlabeled, [...order.keys()]]]),
  };
}

function checkNumbers({ pairsPerClass, imagesPerClass, classes, rounds }: SampleOptions): void {
  const least = { pairsPerClass: 2, imagesPerClass: 2, classes: 1, rounds: 1 };
  for (const [name, value] of Object.entries({ pairsPerClass, imagesPerClass, classes, rounds })) {
    if (value === undefined || value === "all" || Array.isArray(value)) continue;
    const from = least[name as keyof typeof least];
    if (Number.isInteger(value) && Number(value) >= from) continue;
    const why = from === 2 ? ": a semantic pair needs two images of a class" : "";
    throw new Problem(`${name} is ${value}${why}: give a whole number from ${from}`);
  }
}

/** So many images of each class. */
function sampleByClass(
  dataset: Dataset,
  { imagesPerClass, pairsPerClass, rounds = 1, ...options }: SampleOptions,
  random: Prng,
): Sample {
  const wanted = imagesPerClass ?? pairsPerClass ?? "all";
  const images = dataset.classes.map((): number[] => []);
  for (let i = 0; i < dataset.length; i++) {
    const label = dataset.label(i);
    if (label !== unlabeled) images[label].push(i);
  }
  const { chosen, leftOut } = chooseClasses(dataset, {
    ...options,
    least: wanted === "all" ? 2 : wanted,
    size: (label) => images[label].length,
    random,
  });
  const dealers = chosen.map((label) => {
    const drawn = random.fork(`class ${label}`).shuffle(images[label])
      .slice(0, wanted === "all" ? undefined : wanted);
    const count = pairsPerClass ?? drawn.length;
    return { label, count, deal: dealer(drawn, count, random.fork(`deal ${label}`)) };
  });
  const slots = dealers.flatMap(({ label, count }) => Array<number>(count).fill(label));
  const order = random.fork("order").shuffle(slots.keys());
  const groups = Map.groupBy(order.keys(), (place) => slots[order[place]]);
  const anchors = new Int32Array(rounds * order.length);
  for (let round = 0; round < rounds; round++) {
    const dealt = dealers.flatMap(({ deal }) => deal());
    order.forEach((slot, place) => anchors[round * order.length + place] = dealt[slot]);
  }
  const perEpoch = order.length;
  return { dataset: dataset.hash, anchors, perEpoch, rounds, groups: () => groups, leftOut };
}

/** Every image that shares a class with another, each epoch under one of its classes at random. */
function sampleOfSeveral(
  dataset: Dataset,
  { imagesPerClass = "all", pairsPerClass, rounds = 1, classes }: SampleOptions,
  random: Prng,
): Sample {
  if (imagesPerClass !== "all" || pairsPerClass !== undefined) {
    throw new Problem(
      `images of ${dataset.name} have several classes, so they cannot be counted by class: leave ` +
        "out imagesPerClass and pairsPerClass, or make a data set of one class an image",
    );
  }
  const { chosen } = chooseClasses(dataset, { classes, least: 0, size: () => 0, random });
  const isChosen = new Set(chosen);
  const own = Array.from(
    { length: dataset.length },
    (_, i) => labelsOf(dataset, i).filter((label) => isChosen.has(label)),
  );
  const home = homeLabels(own);
  const placed = random.fork("order").shuffle(home.keys().filter((i) => home[i] >= 0));
  const [ownLabels, homes] = [placed.map((i) => own[i]), placed.map((i) => home[i])];
  const alone = own.filter((some, i) => some.length > 0 && home[i] < 0).length;
  if (placed.length === 0) {
    throw new Problem(`no two images of ${dataset.name} share a class: choose other classes`);
  }
  const anchors = Int32Array.from(
    { length: rounds * placed.length },
    (_, k) => placed[k % placed.length],
  );
  return {
    ...{ dataset: dataset.hash, anchors, perEpoch: placed.length, rounds },
    groups: (round) => {
      const drawn = drawLabels(ownLabels, homes, random.fork(`labels, round ${round}`));
      return Map.groupBy(placed.keys(), (place) => drawn[place]);
    },
    leftOut: [{ note: "images that find nobody to share a class with, left out", count: alone }],
  };
}

/** The labels to use: those named, so many at random, or all; small classes aside if so told. */
function chooseClasses(
  dataset: Dataset,
  { classes = dataset.classes, smallClasses = "refuse", least, size, random }:
    & Pick<SampleOptions, "classes" | "smallClasses">
    & { least: number; size: (label: number) => number; random: Prng },
): { chosen: number[]; leftOut: Note[] } {
  const named = new Set(typeof classes === "number" ? dataset.classes : classes);
  const [unknown] = named.difference(new Set(dataset.classes));
  if (unknown !== undefined) throw unknownClass(dataset, unknown);
  const labels = [...dataset.classes.keys()].filter((label) => named.has(dataset.classes[label]));
  const [large, small] = [true, false].map((is) => labels.filter((l) => size(l) >= least === is));
  const usable = smallClasses === "leave out" ? large : labels;
  const count = typeof classes === "number" ? classes : usable.length;
  if (count > usable.length || count === 0) {
    throw new Problem(
      `${count} classes of ${dataset.name} are asked for, of ${usable.length} that can be used: ` +
        "choose others, or another number",
    );
  }
  const chosen = typeof classes === "number"
    ? random.fork("classes").shuffle(usable).slice(0, count).sort((a, b) => a - b)
    : usable;
  const short = chosen.filter((label) => size(label) < least);
  if (short.length > 0) throw tooSmall(dataset, short, { size: size(short[0]), least });
  const names = small.slice(0, 5).map((label) => dataset.classes[label]).join(", ");
  const note = `classes of fewer than ${least} images, left out ` +
    `(${names}${small.length > 5 ? ", …" : ""})`;
  return { chosen, leftOut: [{ note, count: usable === large ? small.length : 0 }] };
}

function unknownClass(dataset: Dataset, name: string): Problem {
  const some = dataset.classes.slice(0, 5).join(", ");
  return new Problem(`${dataset.name} has no class "${name}": it has ${some}, …`);
}

function tooSmall(
  dataset: Dataset,
  labels: number[],
  { size, least }: { size: number; least: number },
): Problem {
  const held = `${size} image${size === 1 ? "" : "s"}`;
  const others = labels.length > 1 ? ` (${labels.length - 1} more are too small)` : "";
  return new Problem(
    `class "${dataset.classes[labels[0]]}" of ${dataset.name} holds ${held}, fewer than the ` +
      `${least} that its pairs need${others}: add images, lower the number, or give ` +
      'smallClasses: "leave out"',
  );
}

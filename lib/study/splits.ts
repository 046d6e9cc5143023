/** What a run is pretrained and tested on: emoji scenes, or images of an imported data set. */
import { once } from "../base/once.ts";
import type { Progress } from "../base/progress.ts";
import { prng } from "../base/prng.ts";
import { Problem } from "../base/problem.ts";
import { type Dataset, unlabeled } from "../datasets/dataset.ts";
import { type EmojiScenes, emojiScenes } from "../datasets/emoji_scenes.ts";
import { load, type LoadOptions, manifestOf } from "../datasets/library.ts";
import { subset } from "../datasets/subset.ts";
import type { Evaluation, ImageData, SceneData } from "./cell.ts";

/** On what a probe is fitted, and the tests that it then takes. */
export type ProbePlan = { fit: Dataset; tests: { evaluation: Evaluation; images: Dataset }[] };

/** Everything that a run looks at. */
export interface Splits {
  pretraining: Dataset;
  plan: ProbePlan[];
  /** What was left out, a line an item. */
  notes: string[];
  /** The hash of each data set among them, by a name: part of a run's key. */
  hashes: [name: string, hash: string][];
}

/** The splits of the emoji scenes. */
export async function sceneSplits(data: SceneData, progress?: Progress): Promise<Splits> {
  const scenes = await emojiScenes({ ...data.options, progress });
  const { heldOutConcepts, multiObject: _, ...splits } = scenes;
  const used = { ...splits, fit: heldOutConcepts.probe, test: heldOutConcepts.test };
  return {
    pretraining: scenes.pretraining,
    plan: planOfScenes(scenes),
    notes: [],
    hashes: Object.entries(used).map(([name, { hash }]) => [name, hash]),
  };
}

const planOfScenes = (scenes: EmojiScenes): ProbePlan[] => [
  {
    fit: scenes.probe,
    tests: [
      { evaluation: "held-out scenes", images: scenes.heldOutScenes },
      { evaluation: "held-out artists", images: scenes.heldOutArtists },
    ],
  },
  {
    fit: scenes.heldOutConcepts.probe,
    tests: [{ evaluation: "held-out concepts", images: scenes.heldOutConcepts.test }],
  },
  {
    fit: scenes.pretraining,
    tests: [{ evaluation: "pretraining images", images: scenes.heldOutScenes }],
  },
];

/** Images that a class needs at least: two to pair, one to fit a probe on, one to test. */
const FEWEST = 4;

/**
 * The splits of an imported set. Its test images are those of `test` or `val` where the set has them,
 * else a part of the others. Some classes may be held out of pretraining, for transfer; a part of
 * each class's images is held out for the probes, since semantic pairing uses the labels of the rest.
 * All is drawn by the data's seed. Classes of fewer than four images take no part, nor does a picture
 * that equals or nearly equals another one: of likes the first is used, and of test images none that
 * has its like in another split.
 *
 * @throws {Problem} for a set that is not here, has no labels or too few classes
 */
export async function imageSplits(data: ImageData, progress?: Progress): Promise<Splits> {
  const open = (set: string, split: string) => held(set, { ...holdOf(data), split, progress });
  const { train, test } = await trainAndTest(data, open);
  const chosen = chooseClasses(train, data), { seen, heldOut } = chosen;
  const own = partition(train, seen, data, test);
  const plan: ProbePlan[] = [probePlan(own.probe, "held-out images", own.test)];
  if (heldOut.length > 0) {
    const other = partition(train, heldOut, { ...data, pretraining: 0 }, test);
    plan.push(probePlan(other.probe, "held-out classes", other.test));
  }
  for (const set of data.transfer) {
    const splits = await splitNames(set);
    const fit = await open(set, splits.train), images = await open(set, requireTest(set, splits));
    plan.push(probePlan(labelled(fit, isCopy), `transfer to ${set}`, labelled(images, leaks)));
  }
  plan.push(probePlan(own.pretraining, "pretraining images", own.test));
  const hashes = plan.flatMap(({ fit, tests: [{ evaluation, images }] }): Splits["hashes"] => [
    [`${evaluation}, fit`, fit.hash],
    [evaluation, images.hash],
  ]);
  return { pretraining: own.pretraining, plan, notes: notesOf(train, test, chosen.small), hashes };
}

function notesOf(train: Dataset, test: Dataset | undefined, small: string[]): string[] {
  const count = (dataset: Dataset, left: (i: number) => boolean) =>
    Array.from({ length: dataset.length }, (_, i) => i).filter(left).length;
  const copies = count(train, (i) => isCopy(train, i));
  const leaked = test ? count(test, (i) => leaks(test, i)) : 0;
  return [
    ...(small.length > 0
      ? [`left out: ${small.length} classes of fewer than ${FEWEST} images (${few(small)})`]
      : []),
    ...(copies > 0 ? [`left out: ${copies} images that are there before`] : []),
    ...(leaked > 0
      ? [`left out: ${leaked} test images that are there before, or in training`]
      : []),
  ];
}

const few = (names: string[]) => names.slice(0, 5).join(", ") + (names.length > 5 ? ", …" : "");

/** The images that have a class, without those that are to be left out. */
function labelled(images: Dataset, leftOut: (images: Dataset, i: number) => boolean): Dataset {
  const kept = Array.from({ length: images.length }, (_, i) => i)
    .filter((i) => images.label(i) !== unlabeled && !leftOut(images, i));
  return kept.length === images.length ? images : subset(images, kept, { name: images.name });
}

/** Whether an earlier image of the set is the same picture. */
const isCopy = (dataset: Dataset, i: number) => (dataset.likes?.(i).copyOf ?? i) !== i;

/** Whether a test image is one of them, or is in another split too. */
const leaks = (test: Dataset, i: number) => isCopy(test, i) || (test.likes?.(i).elsewhere ?? false);

function probePlan(fit: Dataset, evaluation: Evaluation, images: Dataset): ProbePlan {
  return { fit, tests: [{ evaluation, images }] };
}

/** Loaded sets: other seeds draw other parts of the same. A failure is not kept. */
const sets = new Map<string, Promise<Dataset>>();

function held(set: string, { progress, ...options }: LoadOptions): Promise<Dataset> {
  const key = JSON.stringify([set, options]);
  return once(sets, key, () => load(set, { progress, ...options }));
}

const holdOf = ({ size, frame }: ImageData) => ({ size, ...(frame ? { frame } : {}) });

async function trainAndTest(
  data: ImageData,
  open: (set: string, split: string) => Promise<Dataset>,
): Promise<{ train: Dataset; test?: Dataset }> {
  const { train, test, labelled } = await splitNames(data.name);
  if (!labelled) {
    throw new Problem(
      `${data.name} has no labels: put the images of each class into a folder of its own`,
    );
  }
  return {
    train: await open(data.name, train),
    test: test === undefined ? undefined : await open(data.name, test),
  };
}

/** Which split is trained on, and which one has labels to test on. */
async function splitNames(
  name: string,
): Promise<{ train: string; test?: string; labelled: boolean }> {
  const manifest = await manifestOf(name);
  const splits = manifest?.splits ?? {};
  const labelled = Object.keys(splits).filter((split) => splits[split].perClass.some((n) => n > 0));
  const train = labelled.length === 1 ? labelled[0] : "train";
  const test = ["test", "val"].find((split) => split !== train && labelled.includes(split));
  return { train, test, labelled: !manifest || labelled.length > 0 }; // opening says what is not here
}

function requireTest(set: string, { test }: { test?: string }): string {
  if (test) return test;
  throw new Problem(`${set} has no labelled test images: leave it out of transfer`);
}

/** The classes of pretraining, and those that are held out; neither choice depends on the images. */
function chooseClasses(train: Dataset, { heldOutClasses, seed }: ImageData) {
  const ofClass = imagesOf(train, isCopy);
  const usable = train.classes.filter((name) => ofClass(name).length >= FEWEST);
  const order = prng(seed).fork("classes").shuffle(usable);
  const seen = new Set(order.slice(0, order.length - heldOutClasses));
  if (seen.size < 2) {
    throw new Problem(
      `${train.name}: ${usable.length} classes have ${FEWEST} different images or more` +
        (heldOutClasses > 0 ? `, and ${heldOutClasses} are to be held out` : "") +
        ": a study needs two classes to train on, add images or classes",
    );
  }
  const inOrder = (wanted: boolean) => usable.filter((name) => seen.has(name) === wanted);
  const small = train.classes.filter((name) => !usable.includes(name));
  return { seen: inOrder(true), heldOut: inOrder(false), small };
}

/** Of each class: so many images for pretraining, others for the probes, and others for the test. */
function partition(
  train: Dataset,
  classes: readonly string[],
  { seed, pretraining, probeShare, testShare }: ImageData,
  test: Dataset | undefined,
): { pretraining: Dataset; probe: Dataset; test: Dataset } {
  const parts: Record<"pretraining" | "probe" | "test", number[]> = {
    pretraining: [],
    probe: [],
    test: [],
  };
  const ofClass = imagesOf(train, isCopy);
  for (const name of classes) {
    const images = prng(seed).fork(`class ${name}`).shuffle(ofClass(name));
    const tested = test ? 0 : atLeastOne(testShare, images.length);
    const probed = pretraining === 0
      ? images.length - tested
      : atLeastOne(probeShare, images.length);
    const rest = images.slice(tested + probed);
    parts.test.push(...images.slice(0, tested));
    parts.probe.push(...images.slice(tested, tested + probed));
    parts.pretraining.push(...rest.slice(0, pretraining ?? rest.length));
  }
  const part = (name: keyof typeof parts) =>
    subset(train, parts[name].sort((a, b) => a - b), { name, classes });
  const tested = test ? of(test, classes) : part("test");
  if (tested.length === 0) {
    throw new Problem(
      `${test!.name} has no image of the classes ${few([...classes])}: call its classes as ` +
        `those of ${train.name}`,
    );
  }
  return { pretraining: part("pretraining"), probe: part("probe"), test: tested };
}

const atLeastOne = (share: number, n: number) => Math.max(1, Math.round(share * n));

/** The images of some classes. */
function of(dataset: Dataset, classes: readonly string[]): Dataset {
  const ofClass = imagesOf(dataset, leaks);
  return subset(dataset, classes.flatMap((name) => ofClass(name)).sort((a, b) => a - b), {
    name: `${classes.length} classes`,
    classes,
  });
}

/** The images of each class, but for those to be left out. */
function imagesOf(
  dataset: Dataset,
  isOut: (dataset: Dataset, i: number) => boolean,
): (name: string) => number[] {
  const indices = Array.from({ length: dataset.length }, (_, i) => i)
    .filter((i) => !isOut(dataset, i));
  const groups = Map.groupBy(indices, (i) => dataset.label(i));
  return (name) => groups.get(dataset.classes.indexOf(name)) ?? [];
}

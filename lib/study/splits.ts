/** What a run is pretrained and tested on: emoji scenes, or images of an imported data set. */
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
 * All is drawn by the data's seed. Classes of fewer than four images take no part.
 *
 * @throws {Problem} for a set that is not here, has no labels or too few classes
 */
export async function imageSplits(data: ImageData, progress?: Progress): Promise<Splits> {
  const open = (set: string, split: string) => held(set, { ...holdOf(data), split, progress });
  const { train, test } = await trainAndTest(data, open);
  const { seen, heldOut } = chooseClasses(train, data);
  const own = partition(train, seen, data, test);
  const plan: ProbePlan[] = [probePlan(own.probe, "held-out images", own.test)];
  if (heldOut.length > 0) {
    const other = partition(train, heldOut, { ...data, pretraining: 0 }, test);
    plan.push(probePlan(other.probe, "held-out classes", other.test));
  }
  for (const set of data.transfer) {
    const splits = await splitNames(set);
    const fit = await open(set, splits.train), images = await open(set, requireTest(set, splits));
    plan.push(probePlan(fit, `transfer to ${set}`, images));
  }
  plan.push(probePlan(own.pretraining, "pretraining images", own.test));
  const hashes = plan.flatMap(({ fit, tests: [{ evaluation, images }] }): Splits["hashes"] => [
    [`${evaluation}, fit`, fit.hash],
    [evaluation, images.hash],
  ]);
  return { pretraining: own.pretraining, plan, hashes };
}

function probePlan(fit: Dataset, evaluation: Evaluation, images: Dataset): ProbePlan {
  return { fit, tests: [{ evaluation, images }] };
}

/** Loaded sets: other seeds draw other parts of the same. A failure is not kept. */
const sets = new Map<string, Promise<Dataset>>();

function held(set: string, { progress, ...options }: LoadOptions): Promise<Dataset> {
  const key = JSON.stringify([set, options]);
  const known = sets.get(key);
  if (known) return known;
  const loading = load(set, { progress, ...options });
  sets.set(key, loading);
  loading.catch(() => sets.delete(key));
  return loading;
}

const holdOf = ({ size, frame }: ImageData) => ({ size, ...(frame ? { frame } : {}) });

async function trainAndTest(
  data: ImageData,
  open: (set: string, split: string) => Promise<Dataset>,
): Promise<{ train: Dataset; test?: Dataset }> {
  const { train, test } = await splitNames(data.name);
  return {
    train: await open(data.name, train),
    test: test === undefined ? undefined : await open(data.name, test),
  };
}

/** Which split is trained on, and which one has labels to test on. */
async function splitNames(name: string): Promise<{ train: string; test?: string }> {
  const splits = (await manifestOf(name))?.splits ?? {};
  const labelled = Object.keys(splits).filter((split) => splits[split].perClass.some((n) => n > 0));
  const train = labelled.length === 1 ? labelled[0] : "train";
  return {
    train,
    test: ["test", "val"].find((split) => split !== train && labelled.includes(split)),
  };
}

function requireTest(set: string, { test }: { test?: string }): string {
  if (test) return test;
  throw new Problem(`${set} has no labelled test images: leave it out of transfer`);
}

/** The classes of pretraining, and those that are held out; neither choice depends on the images. */
function chooseClasses(train: Dataset, { heldOutClasses, seed }: ImageData) {
  const counts = new Int32Array(train.classes.length);
  for (let i = 0; i < train.length; i++) {
    if (train.label(i) !== unlabeled) counts[train.label(i)]++;
  }
  const usable = train.classes.filter((_, label) => counts[label] >= FEWEST);
  const order = prng(seed).fork("classes").shuffle(usable);
  const seen = new Set(order.slice(0, order.length - heldOutClasses));
  if (seen.size < 2) {
    throw new Problem(
      `${train.name}: ${usable.length} classes have ${FEWEST} images or more, and ` +
        `${heldOutClasses} are to be held out: a study needs two classes that are left`,
    );
  }
  const inOrder = (wanted: boolean) => usable.filter((name) => seen.has(name) === wanted);
  return { seen: inOrder(true), heldOut: inOrder(false) };
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
  const ofClass = imagesOf(train);
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
  return {
    pretraining: part("pretraining"),
    probe: part("probe"),
    test: test ? of(test, classes) : part("test"),
  };
}

const atLeastOne = (share: number, n: number) => Math.max(1, Math.round(share * n));

/** The images of some classes. */
function of(dataset: Dataset, classes: readonly string[]): Dataset {
  const ofClass = imagesOf(dataset);
  return subset(dataset, classes.flatMap((name) => ofClass(name)).sort((a, b) => a - b), {
    name: `${classes.length} classes`,
    classes,
  });
}

function imagesOf(dataset: Dataset): (name: string) => number[] {
  const indices = Array.from({ length: dataset.length }, (_, i) => i);
  const groups = Map.groupBy(indices, (i) => dataset.label(i));
  return (name) => groups.get(dataset.classes.indexOf(name)) ?? [];
}

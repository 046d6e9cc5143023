/** A study on images of one's own: both arms, without a profile. */
import { basename, join } from "@std/path";
import { cacheDirectory, checkout, exists } from "../base/files.ts";
import { sha256 } from "../base/hash.ts";
import { Problem } from "../base/problem.ts";
import { type Progress, silent } from "../base/progress.ts";
import { emojiScenes } from "../datasets/emoji_scenes.ts";
import { writeFolder } from "../datasets/write_folder.ts";
import { importSet, manifestOf } from "../datasets/library.ts";
import type { Manifest } from "../datasets/importing/manifest.ts";
import { gentle } from "../views/policy.ts";
import type { ImageData } from "./cell.ts";
import { cellsOf, type Design } from "./design.ts";
import { splitsOf } from "./material.ts";
import { profileOf, trained } from "./profiles.ts";

/** The data of a study on images of one's own: a fifth for fitting probes, a fifth for tests. */
export function ownData(name: string, size: number): ImageData {
  const shares = { probeShare: 0.2, testShare: 0.2 };
  return { source: "images", name, size, heldOutClasses: 0, ...shares, transfer: [], seed: 1 };
}

/** What a study on images of one's own leaves to choose. */
export interface OwnImages {
  data: ImageData;
  /** How many of the images pretraining has: the pairs of an epoch. */
  pairs: number;
  methods: string[];
  seeds: number;
  /** Training steps of each run, at least. */
  steps: number;
  /** Where results go. */
  folder: string;
}

/**
 * Both arms on images of one's own: the desk's network and rates, crops and colours that keep the
 * object, every class with all of its images, each seed with test images of its own. Batches of at
 * most 60 pairs divide an epoch as evenly as can be.
 *
 * @throws {Problem} for a method that does not exist or does not train
 */
export function ownImages({ data, pairs, methods, seeds, steps, folder }: OwnImages): Design {
  const unknown = methods.find((method) => !trained().includes(method));
  if (unknown !== undefined) {
    throw new Problem(`no method "${unknown}" that trains: choose of ${trained().join(", ")}`);
  }
  const { setting } = profileOf("desk"), { name, size } = data;
  const training = ownTraining({ pairs, steps, size });
  const cells = cellsOf({
    methods,
    seeds: Array.from({ length: seeds }, (_, i) => i + 1),
    setting: {
      ...setting,
      data,
      pairing: { imagesPerClass: "all", rounds: training.epochs, differ: [] },
      training,
    },
  }, "desk");
  // Each seed draws its own split: the interval covers its choice too, where the set has no test split.
  const drawn = cells.map((cell) => ({ ...cell, data: { ...data, seed: cell.seed } }));
  const figure = `per-method gains, ${name}`;
  return { figure, profile: "own", conclusive: true, cells: drawn, folder };
}

/** How images of one's own are trained on, the optimizer aside. */
export function ownTraining(
  { pairs, steps, size }: { pairs: number; steps: number; size: number },
) {
  const perEpoch = Math.ceil(pairs / 60);
  const batchSize = Math.floor(pairs / perEpoch);
  const epochs = Math.max(2, Math.ceil(steps / perEpoch));
  const { training } = profileOf("desk").setting;
  return { ...training, epochs, batchSize, warmupEpochs: epochs / 12, views: gentle(size) };
}

/** Where the results of a set go by default. */
export const ownFolder = (name: string): string => join(checkout, "results", "own", name);

/** A folder of images to try with: 120 emoji scenes of 6 concepts, in the cache. */
export async function exampleFolder(progress?: Progress): Promise<string> {
  const { pretraining } = await emojiScenes({
    concepts: 6,
    heldOutConcepts: 1,
    scenes: 20,
    progress,
  });
  const path = cacheDirectory("example-images", pretraining.hash.slice(0, 8));
  await writeFolder(pretraining, path);
  return path;
}

/** A set's name, and what was found in it where it was imported just now. */
export interface OwnSet {
  name: string;
  manifest?: Manifest;
}

/**
 * The imported set of a folder or an archive, under a name that is its own; or of that name.
 *
 * @param images a path, or the name of a set that is imported
 * @throws {Problem} where there is neither
 */
export async function ownSet(
  images: string,
  { progress = () => silent }: { progress?: (stage: string) => Progress } = {},
): Promise<OwnSet> {
  if (!await exists(images)) {
    if (!/[\\/]/.test(images) && await manifestOf(images)) return { name: images };
    throw new Problem(
      `images ${images}: there is neither such a folder nor an imported set of this name`,
    );
  }
  const path = await Deno.realPath(images), name = nameOf(path);
  return { name, manifest: await importSet(name, [path], { progress }) };
}

/** `/photos/My birds.zip` becomes `My-birds-` and six digits: two folders may be called alike. */
export function nameOf(path: string): string {
  const stem = basename(path).replace(/(\.tar)?\.\w+$/, "").replaceAll(/[^\w.-]+/g, "-");
  const readable = stem.replace(/^[^a-z0-9]+/i, "").slice(0, 40) || "images";
  return `${readable}-${sha256(path).slice(0, 6)}`;
}

/** The study of an imported set, see {@link ownImages}: with all of its images. */
export async function ownStudy(
  { name, size, progress, ...options }:
    & Omit<OwnImages, "data" | "pairs">
    & { name: string; size: number; progress?: Progress },
): Promise<Design> {
  const data = ownData(name, size);
  const { pretraining } = await splitsOf(data, progress);
  return ownImages({ ...options, data, pairs: pretraining.length });
}

/** What a backbone's features depend on: known nuisance factors, backgrounds, controlled changes. */
import { keyOf } from "../../base/hash.ts";
import { once } from "../../base/once.ts";
import type { Dataset } from "../../datasets/dataset.ts";
import { backgroundSwaps } from "../../datasets/emoji_swaps.ts";
import { withMeasuredFactors } from "../../datasets/measured.ts";
import { subset } from "../../datasets/subset.ts";
import { ladder, transformationsVersion, transformed } from "../../datasets/transformed.ts";
import { factorColumns } from "../../evaluation/factor_levels.ts";
import type { Features } from "../../evaluation/features.ts";
import { featuresOf, type Frozen } from "../../evaluation/frozen.ts";
import { classSeparation, effectiveRank, uniformity } from "../../evaluation/geometry.ts";
import { invariance, predictionChange } from "../../evaluation/invariance.ts";
import { type LinearClassifier, linearProbe } from "../../evaluation/linear.ts";
import { explainedVariance, factorProbe, sharedByNeighbours } from "../../evaluation/nuisance.ts";
import { inMemory } from "../../views/in_memory.ts";
import type { InvarianceTask, Measure, Outcome } from "../assessment.ts";
import type { Cell } from "../cell.ts";
import { staged, type Watch } from "../watch.ts";
import { percent, targetOf } from "./target.ts";

/** Features of one set with its images. */
type Seen = { images: Dataset; features: Features };

/**
 * On fresh images of the pretraining classes: how much of the features' variance each factor
 * explains, what probes read off them, what neighbours share; geometry; and how features and answers
 * change when images do.
 */
export async function invariances(
  network: Frozen,
  cell: Cell,
  task: InvarianceTask,
  watch: Watch,
): Promise<Outcome> {
  const { size } = cell.training.views;
  const see = async (images: Dataset): Promise<Seen> => (
    { images, features: await featuresOf(network, images, { size }) }
  );
  const { fit: fitted, test: asked } = await targetOf(cell, task.images);
  const few = (images: Dataset) => fewOf(images, { most: task.most, size });
  const [fit, test] = [await see(await few(fitted)), await see(await few(asked))];
  const classifier = await linearProbe(fit.features, { seed: cell.seed });
  const measures = [
    ...await factorMeasures(fit, test, { cell, task, watch: staged("factors", watch) }),
    ...geometryMeasures(test.features),
    ...await swapMeasures(cell, see, classifier),
    ...await changeMeasures(test, see, { classifier, task, watch: staged("changes", watch) }),
  ];
  return { measures, details: {} };
}

/** The hash of what is looked at beside the splits of the cell: swaps, and how images are changed. */
export async function invarianceHash({ data }: Cell): Promise<string> {
  const swaps: Dataset[] = data.source === "emoji scenes"
    ? Object.values(await backgroundSwaps(data.options))
    : [];
  return keyOf([transformationsVersion, ...swaps.map(({ hash }) => hash)]);
}

const held = new Map<string, Promise<Dataset>>();

/**
 * The images themselves, or, where there are more, so many of them; those of a stream are held in
 * memory. Where a source knows no factors, those that can be measured.
 */
function fewOf(images: Dataset, { most, size }: { most: number; size: number }): Promise<Dataset> {
  return once(held, `${images.hash}, ${most}, ${size}`, async () => {
    const some = images.length > most ? sample(images, most) : images;
    const known = some.stream ? await inMemory(some, size) : some;
    return known.factors ? known : withMeasuredFactors(known);
  });
}

/** Of each factor: explained variance, probe, neighbours; percent. The concept is one of them. */
async function factorMeasures(
  fit: Seen,
  test: Seen,
  { cell, task, watch }: { cell: Cell; task: InvarianceTask; watch: Watch },
): Promise<Measure[]> {
  const [known, asked] = [factorColumns(fit.images), factorColumns(test.images)];
  const wanted = ["concept", ...task.factors].filter((name) => known[name] && asked[name]);
  const columns = Object.fromEntries(wanted.map((name) => [name, asked[name]]));
  const near = await sharedByNeighbours(test.features, columns, { k: task.neighbours });
  let done = 0;
  // Side by side: while one probe's fit steps, another one waits for the engine.
  const each = await Promise.all(near.map(async ({ factor, shared, chance: byChance }) => {
    const { epsilon2 } = explainedVariance(test.features, asked[factor]);
    const { top1, chance } = await factorProbe(
      ...[fit.features, known[factor], test.features, asked[factor]] as const,
      { seed: cell.seed, grid: task.grid },
    );
    watch.progress?.(++done, wanted.length, factor);
    return [
      percent(factor, "explained variance", epsilon2),
      percent(factor, "probe", top1),
      percent(factor, "probe, chance", chance.top1),
      percent(factor, "shared by neighbours", shared),
      percent(factor, "shared by neighbours, chance", byChance),
    ];
  }));
  return each.flat();
}

function geometryMeasures(features: Features): Measure[] {
  const of = (measure: string, value: number): Measure => (
    { subject: "geometry", measure, value: Number.isFinite(value) ? value : null }
  );
  return [
    of("effective rank", effectiveRank(features)),
    of("uniformity", uniformity(features)),
    of("class separation", classSeparation(features)),
  ];
}

/** Kinds of backgrounds, as subjects. */
const swapNames = {
  original: "background as it is",
  mixedSame: "background of the same class",
  mixedRandom: "background of another class",
  onlyForeground: "object on black",
  onlyBackground: "background alone",
} as const;

/** Of scenes, whose parts are known: the object on other backgrounds. */
async function swapMeasures(
  { data }: Cell,
  see: (images: Dataset) => Promise<Seen>,
  classifier: LinearClassifier,
): Promise<Measure[]> {
  if (data.source !== "emoji scenes") return [];
  const swaps = await backgroundSwaps(data.options);
  const before = await see(swaps.original);
  const measures: Measure[] = [];
  for (const [name, subject] of Object.entries(swapNames)) {
    const { features } = await see(swaps[name as keyof typeof swapNames]);
    measures.push(...await effectOf(subject, classifier, before.features, features));
  }
  return measures;
}

/** The subject of images as they are. */
export const unchanged = "unchanged";

/** Of each change at each strength, the subject being e.g. `rotation 3`, and of no change. */
async function changeMeasures(
  test: Seen,
  see: (images: Dataset) => Promise<Seen>,
  { classifier, task, watch }: { classifier: LinearClassifier; task: InvarianceTask; watch: Watch },
): Promise<Measure[]> {
  const some = sample(test.images, task.changed);
  const original = await see(some);
  const changes = task.transformations.flatMap((kind) =>
    ladder(kind).map((change, step) => ({ name: `${kind} ${step + 1}`, change }))
  );
  const measures = await effectOf(unchanged, classifier, original.features, original.features);
  for (const [at, { name, change }] of changes.entries()) {
    watch.progress?.(at, changes.length, name);
    const changed = await see(rendered(transformed(some, change)));
    measures.push(...await effectOf(name, classifier, original.features, changed.features));
  }
  return measures;
}

/** How features and answers change; percent but for the cosine. */
async function effectOf(
  subject: string,
  classifier: LinearClassifier,
  original: Features,
  changed: Features,
): Promise<Measure[]> {
  const { relative, retrieval } = await invariance(original, changed);
  const { consistency, changedAccuracy } = await predictionChange(
    ...[classifier, original, changed] as const,
  );
  return [
    percent(subject, "invariance", relative),
    percent(subject, "retrieval", retrieval),
    percent(subject, "consistency", consistency),
    percent(subject, "accuracy", changedAccuracy),
  ];
}

/** So many images, evenly over the set. */
function sample(images: Dataset, count: number): Dataset {
  const n = Math.min(count, images.length);
  const indices = Array.from({ length: n }, (_, i) => Math.floor(i * images.length / n));
  return subset(images, indices, { name: `${n} images` });
}

const pictures = new Map<string, Dataset>();
let room = 2 ** 29; // bytes that pictures may take; beyond, they are made anew for each backbone

/** The same images, each made once for all backbones, as long as there is room. */
function rendered(images: Dataset): Dataset {
  const known = pictures.get(images.hash);
  if (known) return known;
  const made: ReturnType<Dataset["image"]>[] = [];
  const bytes = images.length * images.image(0).data.length;
  if (bytes > room) return images;
  room -= bytes;
  const held = { ...images, image: (i: number) => made[i] ??= images.image(i) };
  pictures.set(images.hash, held);
  return held;
}

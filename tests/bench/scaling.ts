/**
 * `deno task bench scaling [--json] [--only CASE]`: how cost grows with size.
 *
 *   step     time and peak memory of a SimCLR step against pairs a batch, to 1024: as it is, in parts
 *            of 64 pairs, and with blocks computed anew for the gradient; a process each
 *   pairs    time of matching both arms, proof included, and of an epoch's batches, against images
 *   study    time of a study against its cells: computed, and loaded once stored
 *
 * A straight line is fitted to what grows with the batch or the cells, a power to what grows with the
 * images. Without `--only`, the figure and its table are written to results/bench/scaling.*.
 */
import { join } from "@std/path";
import { checkout } from "../../lib/base/files.ts";
import { prng } from "../../lib/base/prng.ts";
import { consoleProgress, silent } from "../../lib/base/progress.ts";
import type { Dataset } from "../../lib/datasets/dataset.ts";
import { simclr } from "../../lib/methods/simclr.ts";
import type { ResNetConfig } from "../../lib/models/resnet.ts";
import { saveFigure } from "../../lib/notebook/render.ts";
import { match } from "../../lib/pairs/match.ts";
import { type Design, perMethodGains } from "../../lib/study/design.ts";
import { run as runStudy } from "../../lib/study/run.ts";
import { batches } from "../../lib/training/batches.ts";
import { photographs } from "./support/photographs.ts";
import { measurePretraining } from "./support/pretrain_request.ts";
import { power, straight } from "./support/fits.ts";
import { format, header, type Row, table } from "./support/report.ts";
import { type Curve, scalingFigure } from "./support/scaling_figure.ts";

/** What `--only` can name. */
export const cases = ["step", "pairs", "study"];

const measured: Record<string, (progress: typeof silent) => Promise<Curve[]>> = {
  step: stepCurves,
  pairs: pairCurves,
  study: studyCurves,
};

export async function run({ json, only }: { json: boolean; only?: string }): Promise<void> {
  (json ? console.error : console.log)(header(undefined).split("\n")[0]);
  const curves: Curve[] = [];
  for (const name of cases.filter((name) => only === undefined || name === only)) {
    const found = await measured[name](consoleProgress(name));
    curves.push(...found);
    if (!json) console.log(`\n${table(lines(found))}\n`);
    console.log(format(found.flatMap(rowsOf), { json }));
  }
  if (only !== undefined) return;
  const rows = curves.flatMap(({ points, ...curve }) =>
    points.map((point) => ({ ...curve, ...point }))
  );
  await saveFigure(join(checkout, "results", "bench"), "scaling", scalingFigure(curves), rows);
}

const lines = (curves: Curve[]): string[][] => [
  ["curve", "size", "cost", "fitted"],
  ...curves.flatMap(({ what, unit, points }) =>
    points.map(({ x, y, fitted }) => [what, `${x}`, `${round(y)} ${unit}`, round(fitted)])
  ),
];

const round = (value: number) => String(Number(value.toPrecision(3)));

/** Every point, and the fit: what one more costs, or the power. */
function rowsOf({ what, unit, per, points, slope, power }: Curve): Row[] {
  const row = (name: string, unit: string, ours: number): Row => ({
    ...{ bench: "scaling", case: name, unit, ours, peer: null, ratio: null },
  });
  return [
    ...points.map(({ x, y }) => row(`${what}: ${x} ${per}s`, unit, y)),
    slope !== undefined
      ? row(`${what}: fitted`, `${unit}/${per}`, slope)
      : row(`${what}: fitted`, `power of ${per}s`, power!),
  ];
}

const backbone: ResNetConfig = {
  ...{ architecture: "resnet", block: "basic", blocks: [1, 1, 1, 1], width: 32, stem: "cifar" },
};

const batchSizes = [64, 128, 256, 512, 1024];

/** Pairs of a part. */
const part = 64;

const ways: Record<string, (pairs: number) => { variant: string; parts?: number }> = {
  "as it is": () => ({ variant: "fp32" }),
  [`in parts of ${part}`]: (pairs) => ({ variant: "fp32", parts: pairs / part }),
  "recompute": () => ({ variant: "fp32 recompute" }),
};

async function stepCurves(progress: typeof silent): Promise<Curve[]> {
  const folder = await photographs(32, silent);
  const total = batchSizes.length * Object.keys(ways).length, curves: Curve[] = [];
  let done = 0;
  for (const [way, options] of Object.entries(ways)) {
    const times: [number, number][] = [], memory: [number, number][] = [];
    for (const pairs of batchSizes) {
      progress(done++, total, `${way}, ${pairs} pairs`);
      const { rate, peakBytes } = await measurePretraining({
        ...{ backbone, size: 32, held: true, pairs, steps: 3, folder, ...options(pairs) },
        ...{ method: "simclr", options: { ...simclr.defaults } },
      });
      times.push([pairs, 2 * pairs / rate]);
      memory.push([pairs, peakBytes / 2 ** 20]);
    }
    const curve = { way, per: "pair" };
    curves.push(
      straight({ ...curve, panel: "time of a step", what: `step ${way}`, unit: "s" }, times),
      straight({ ...curve, panel: "peak memory", what: `memory ${way}`, unit: "MB" }, memory),
    );
  }
  progress(total, total);
  return curves;
}

const imageCounts = [1e4, 1e5, 1e6, 1e7];

/** Images of a class, as in ImageNet. */
const imagesOfClass = 1000;

function pairCurves(progress: typeof silent): Promise<Curve[]> {
  const matching: [number, number][] = [], sampling: [number, number][] = [];
  for (const [done, n] of imageCounts.entries()) {
    progress(done, imageCounts.length, `${n} images`);
    const labels = labelled(n);
    let begun = performance.now();
    const { semantic } = match(labels, { seed: 1 });
    matching.push([n, (performance.now() - begun) / 1000]);
    begun = performance.now();
    const options = { batchSize: 256, epochs: 1, label: labels.label, prng: prng(1) };
    for (const { anchors } of batches(semantic, options)) void anchors;
    sampling.push([n, (performance.now() - begun) / 1000]);
  }
  progress(imageCounts.length, imageCounts.length);
  const curve = { panel: "pairs", per: "image", unit: "s" };
  return Promise.resolve([
    power({ ...curve, way: "match", what: "match" }, matching),
    power({ ...curve, way: "an epoch's batches", what: "an epoch's batches" }, sampling),
  ]);
}

/** A data set of labels: nobody looks at its images. */
function labelled(length: number): Dataset {
  const classes = Array.from({ length: length / imagesOfClass }, (_, i) => `class ${i}`);
  return {
    ...{ name: "labels", classes, length, hash: `${length} labels` },
    label: (i) => i % classes.length,
    image: () => {
      throw new Error("there are no images");
    },
  };
}

const cellCounts = [2, 4, 8, 16];

/** One method of the profile smoke with ever other seeds, computed in a new folder, then loaded. */
async function studyCurves(progress: typeof silent): Promise<Curve[]> {
  const { cells, ...smoke } = perMethodGains("smoke");
  const cell = cells.find(({ arm }) => arm === "semantic")!;
  let unused = 1000; // a seed's images and pairs are made once in a process: none comes twice
  const seeds = (count: number) => Array.from({ length: count }, () => unused++);
  const computing: [number, number][] = [], loading: [number, number][] = [];
  for (const [done, count] of [1, ...cellCounts].entries()) { // the first one, of 1, warms up
    progress(done, cellCounts.length + 1, `${count} cells`);
    const folder = await Deno.makeTempDir();
    const design: Design = {
      ...smoke,
      cells: seeds(count).map((seed) => ({ ...cell, seed })),
      folder,
    };
    for (const times of [computing, loading]) {
      const begun = performance.now();
      await runStudy(design);
      if (count > 1) times.push([count, (performance.now() - begun) / 1000]);
    }
    await Deno.remove(folder, { recursive: true });
  }
  progress(1, 1);
  const curve = { panel: "study", per: "cell", unit: "s" };
  return [
    straight({ ...curve, way: "computed", what: "study computed" }, computing),
    straight({ ...curve, way: "loaded", what: "study loaded" }, loading),
  ];
}

/** `deno task study`: both arms of a profile, or on images of one's own, without a notebook. */
import { basename, join, resolve } from "@std/path";
import { checkout, exists } from "../base/files.ts";
import { sha256 } from "../base/hash.ts";
import { Problem, runTask } from "../base/problem.ts";
import { parseCommandLine } from "./command_line.ts";
import { consoleProgress } from "../base/progress.ts";
import { importSet, manifestOf } from "../datasets/library.ts";
import { describe } from "../datasets/importing/manifest.ts";
import { perMethodGains as figure, perMethodGainsTable } from "../figures/per_method_gains.ts";
import { methods } from "../methods/index.ts";
import { show } from "../notebook/display.ts";
import { saveFigure } from "../notebook/render.ts";
import { audit } from "../study/audit.ts";
import { claims as claimsOf, saveClaims } from "../study/claims.ts";
import { type Design, ownData, ownImages, perMethodGains } from "../study/design.ts";
import { gains as gainsOf } from "../study/gains.ts";
import { caption, findings } from "../study/report.ts";
import { accuracies } from "../study/rows.ts";
import { splitsOf } from "../study/material.ts";
import { run } from "../study/run.ts";
import { resultsFolder } from "../study/store.ts";
import { interruption } from "./reproduce.ts";

const trainable = Object.keys(methods).filter((name) => methods[name].loss);

/** What `--help` prints. */
export const HELP = `deno task study PROFILE [options]

Trains both arms, augmented and semantic pairs, on the same images from the same start, probes both,
and says what semantic pairs add. What is stored is loaded; an interrupted study goes on.

  smoke | desk | photos | imagenet   the profiles of the notebooks; photos and imagenet need
                                     their images: deno task data --help
  own --images PATH|NAME             images of your own: a folder with one folder of images a class
                                     (or a zip of it), or a set that \`deno task data\` imported

Of images of your own, a fifth of each class fits the probes and a fifth tests them, unless the set
has test images; two classes of four different images are the least. Classes of fewer take no part,
nor do pictures that are there twice.

  --methods A,B    default simclr; there are
                   ${trainable.join(", ")}
  --seeds N        paired runs of each method, default 3
  --size PX        pixels a side, default 64
  --steps N        training steps of each run, default 600
  --results DIR    where runs, figure and claims go, default results/own
  --dry-run        prints what would run
  --help           prints this`;

interface Flags {
  profile: string;
  images?: string;
  methods: string[];
  seeds: number;
  size: number;
  steps: number;
  results: string;
  dryRun: boolean;
}

/**
 * Runs the task.
 *
 * @throws {Problem} for a wrong command line, images that make no study, runs that failed
 */
export async function study(args: string[], signal?: AbortSignal): Promise<void> {
  const flags = parseFlags(args);
  if (!flags) return console.log(HELP);
  const { design, name } = await designOf(flags);
  console.log(await plan(design));
  if (flags.dryRun) return;
  const runs = await run(design, { progress: consoleProgress("study"), signal });
  const proof = await audit(design, runs);
  const gains = gainsOf(accuracies(runs));
  const claims = claimsOf(gains, design);
  const table = perMethodGainsTable(gains, claims);
  const folder = join(resultsFolder(design), "figures", name);
  await saveFigure(folder, "per-method-gains", figure(gains, { subtitle: caption(design) }), table);
  await saveClaims(design, claims);
  await show(table);
  console.log(`\n${findings(design, claims)}\n`);
  await show(proof);
  console.log(`figure and table: ${folder}`);
}

async function designOf(flags: Flags): Promise<{ design: Design; name: string }> {
  if (flags.profile !== "own") {
    return { design: perMethodGains(flags.profile), name: `study-${flags.profile}` };
  }
  const name = await importedAs(flags.images!, flags);
  const data = ownData(name, flags.size);
  const { pretraining } = await splitsOf(data, consoleProgress(name));
  const own = { ...flags, data, pairs: pretraining.length, folder: flags.results };
  return { design: ownImages(own), name };
}

/** The name of a set; a folder or archive is imported under a name that is its own. */
async function importedAs(images: string, { dryRun }: Flags): Promise<string> {
  if (!await exists(images)) {
    if (!/[\\/]/.test(images) && await manifestOf(images)) return images;
    throw new Problem(
      `--images ${images}: there is neither such a folder nor an imported set of this name`,
    );
  }
  const path = await Deno.realPath(images);
  const stem = basename(path).replace(/(\.tar)?\.\w+$/, "").replaceAll(/[^\w.-]+/g, "-");
  const readable = stem.replace(/^[^a-z0-9]+/i, "").slice(0, 40) || "images";
  const name = `${readable}-${sha256(path).slice(0, 6)}`; // two folders may be called alike
  if (dryRun) {
    if (await manifestOf(name)) return name;
    throw new Problem(`--dry-run: ${path} would be imported as ${name} first; without it, it is`);
  }
  console.log(describe(await importSet(name, [path], { progress: consoleProgress })).join("\n"));
  return name;
}

/** What would run, and on how many images it would be tested. */
async function plan({ cells }: Design): Promise<string> {
  const { training: { epochs, batchSize }, data } = cells[0];
  const { pretraining, plan: [{ fit, tests: [{ images }] }], notes } = await splitsOf(data);
  const runs = Map.groupBy(cells, ({ method, arm }) => `  ${method.name}, ${arm}`);
  return [
    `${cells.length} runs of ${epochs} epochs in batches of ${batchSize} on ` +
    `${data.source === "images" ? data.name : data.source}:`,
    ...runs.entries().map(([name, of]) =>
      `${name}, seeds ${of.map(({ seed }) => seed).join(", ")}`
    ),
    `${pretraining.length} images to train on, ${fit.length} to fit the probe, ${images.length} to ` +
    `test: one test image is ${(100 / images.length).toPrecision(2)} points`,
    ...notes,
  ].join("\n");
}

function parseFlags(args: string[]): Flags | undefined {
  const { values, positionals: [profile, ...more] } = parse(args);
  if (values.help) return undefined;
  if (profile === undefined || more.length > 0) {
    throw new Problem("deno task study PROFILE: give one profile (--help lists them)");
  }
  const own = profile === "own";
  const strays = Object.keys(values).filter((flag) => flag !== "dry-run");
  if (!own && strays.length > 0) {
    throw new Problem(`--${strays[0]} goes with the profile own: the profile ${profile} fixes it`);
  }
  if (own && !values.images) {
    throw new Problem("deno task study own: give --images FOLDER, or the name of an imported set");
  }
  const whole = (name: "seeds" | "size" | "steps", usual: number) => {
    const value = Number(values[name] ?? usual);
    if (Number.isInteger(value) && value > 0) return value;
    throw new Problem(`--${name} ${values[name]}: give a whole number above 0`);
  };
  return {
    profile,
    images: values.images,
    methods: [...new Set((values.methods ?? "simclr").split(",").map((name) => name.trim()))],
    seeds: whole("seeds", 3),
    size: whole("size", 64),
    steps: whole("steps", 600),
    results: resolve(values.results ?? join(checkout, "results", "own")),
    dryRun: values["dry-run"] ?? false,
  };
}

function parse(args: string[]) {
  return parseCommandLine("study", {
    args,
    allowPositionals: true,
    options: {
      images: { type: "string" },
      methods: { type: "string" },
      seeds: { type: "string" },
      size: { type: "string" },
      steps: { type: "string" },
      results: { type: "string" },
      "dry-run": { type: "boolean" },
      help: { type: "boolean", short: "h" },
    },
  });
}

if (import.meta.main) {
  await runTask(() => study(Deno.args, interruption()));
}

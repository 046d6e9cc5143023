/** `deno task study`: both arms of a profile, or on images of one's own, without a notebook. */
import { join } from "@std/path";
import { exists } from "../base/files.ts";
import { Problem, runTask } from "../base/problem.ts";
import { consoleProgress, duration } from "../base/progress.ts";
import { describe } from "../datasets/importing/manifest.ts";
import { manifestOf } from "../datasets/library.ts";
import { joinCluster, LostWorker } from "../engine/mod.ts";
import { perMethodGains as figure, perMethodGainsTable } from "../figures/per_method_gains.ts";
import { show } from "../notebook/display.ts";
import { saveFigure } from "../notebook/render.ts";
import { assess } from "../study/assess.ts";
import { audit } from "../study/audit.ts";
import { claims as claimsOf, saveClaims } from "../study/claims.ts";
import type { Design } from "../study/design.ts";
import { gains as gainsOf } from "../study/gains.ts";
import { splitsOf } from "../study/material.ts";
import { nameOf, ownFolder, ownSet, ownStudy } from "../study/own_images.ts";
import { items, questions, questionsOf, statusNotes, statusTable } from "../study/plan.ts";
import { caption, findings } from "../study/report.ts";
import { accuracies } from "../study/rows.ts";
import { run } from "../study/run.ts";
import { workersOfStep } from "../study/slurm_workers.ts";
import { resultsFolder } from "../study/store.ts";
import { dismiss, follow } from "../study/team.ts";
import type { Watch } from "../study/watch.ts";
import { interruption } from "./interruption.ts";
import { type Flags, HELP, parseFlags, type Team } from "./study_flags.ts";
import { costOf, remaining } from "./study_cost.ts";

/**
 * Runs the task.
 *
 * @throws {Problem} for a wrong command line, images that make no study, runs that failed
 */
export async function study(args: string[]): Promise<void> {
  const flags = parseFlags(args);
  switch (flags.command) {
    case "help":
      return console.log(HELP);
    case "status":
      for (const profile of flags.profiles) {
        console.log(`\n${profile}`);
        const found = await items(profile, flags.extent, { progress: consoleProgress(profile) });
        await show(statusTable(found));
        for (const line of [...statusNotes(found), await remaining(found)]) console.log(line);
      }
      return;
    case "profile":
      return await (flags.team ? together(flags, flags.team) : ofProfile(flags));
    case "own":
      return await ofOwnImages(flags);
  }
}

/** As one of several workers: the first carries out what is asked for, the others train along. */
async function together(flags: Flags & { command: "profile" }, asked: Team): Promise<void> {
  if (flags.dryRun) return await ofProfile(flags);
  const workers = "slurm" in asked ? await workersOfStep(Deno.env, asked.slurm) : asked;
  const [progress, signal] = [consoleProgress("workers"), interruption()];
  const team = await joinCluster(workers, { patience: asked.patience, progress });
  if (workers.rank > 0) return await follow(team, { progress, signal });
  try {
    await ofProfile(flags, { team, signal });
  } catch (error) {
    // Who lost one, or was told to stop, leaves as the others do: they find that out by themselves.
    if (!(error instanceof LostWorker || signal.aborted)) await dismiss(team);
    throw error;
  }
  await dismiss(team);
}

/** Every question of a profile, in the order of the notebooks. */
async function ofProfile(
  { profile, extent, only, dryRun, means }: Flags & { command: "profile" },
  { team, signal = interruption() }: Pick<Watch, "team" | "signal"> = {},
): Promise<void> {
  const asked = only.length === 0
    ? questionsOf(extent)
    : Object.keys(questions).filter((name) => only.some((start) => name.startsWith(start)));
  if (dryRun) {
    const needed = await items(profile, extent, {
      only: asked,
      progress: consoleProgress(profile),
    });
    return console.log((await costOf(needed, consoleProgress)).join("\n"));
  }
  const start = performance.now();
  for (const name of asked) {
    const design = questions[name](profile, extent);
    const watch = { progress: consoleProgress(name), signal, team, ...means };
    if ("assessments" in design) await assess(design, watch);
    else await run(design, watch);
    console.log(`${name}: stored in ${resultsFolder(design)}`);
  }
  console.log(`all in ${duration((performance.now() - start) / 1000)}; the notebooks load it`);
}

async function ofOwnImages(
  { images, dryRun, folder, ...flags }: Flags & { command: "own" },
): Promise<void> {
  const name = dryRun ? await importedName(images) : await imported(images);
  const design = await ownStudy({
    ...flags,
    ...{ name, folder: folder ?? ownFolder(name), progress: consoleProgress(name) },
  });
  console.log(await plan(design));
  if (dryRun) return;
  const runs = await run(design, {
    progress: consoleProgress("study"),
    signal: interruption(),
  });
  const proof = await audit(design, runs);
  const gains = gainsOf(accuracies(runs));
  const claims = claimsOf(gains, design);
  const table = perMethodGainsTable(gains, claims);
  const figures = join(resultsFolder(design), "figures", name);
  await saveFigure(
    figures,
    "per-method-gains",
    figure(gains, { subtitle: caption(design) }),
    table,
  );
  await saveClaims(design, claims);
  await show(table);
  console.log(`\n${findings(design, claims)}\n`);
  await show(proof);
  console.log(`figure and table: ${figures}`);
}

async function imported(images: string): Promise<string> {
  const { name, manifest } = await ownSet(images, { progress: consoleProgress });
  if (manifest) console.log(describe(manifest).join("\n"));
  return name;
}

/** The name of images that are imported already: a dry run imports none. */
async function importedName(images: string): Promise<string> {
  const name = await exists(images) ? nameOf(await Deno.realPath(images)) : images;
  if (await manifestOf(name)) return name;
  throw new Problem(`--dry-run: ${images} would be imported as ${name} first; without it, it is`);
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

if (import.meta.main) {
  await runTask(() => study(Deno.args));
}

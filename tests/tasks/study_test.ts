import { match, ok, strictEqual } from "node:assert/strict";
import { dirname, join } from "@std/path";
import { exists } from "../../lib/base/files.ts";
import { manifestFile } from "../../lib/datasets/importing/manifest.ts";
import { someImages, withLibrary } from "../datasets/photographs.ts";
import { runTask, withCache } from "./run_task.ts";

Deno.test("task study own: from a folder to a table and a figure, then from what is stored", async () => {
  const name = "test-own-study"; // always the same: its run folders in the cache are used again
  await withLibrary(await someImages(8, ["a", "b", "c"]), async (folder) => {
    const images = join(folder, "..", name), results = join(folder, "..", "results");
    await Deno.rename(folder, images);
    const args = ["--images", images, "--results", results, "--seeds", "2", "--steps", "4"];
    try {
      const first = await runTask("study", ["own", ...args, "--size", "16"]);
      strictEqual(first.code, 0, first.stderr);
      match(first.stdout, /6 runs of 4 epochs in batches of 12/);
      match(first.stdout, /12 images to train on, 6 to fit the probe, 6 to test: .* 17 points/);
      match(first.stdout, /\|SimCLR\|contrastive\|held-out images\|linear\|/);
      match(first.stdout, /semantic pairs beat augmented pairs, SimCLR, held-out images/);
      match(first.stderr, /study .*6\/6/);
      const set = /^(test-own-study-\w{6}) \(/.exec(first.stdout)![1];
      ok(await exists(join(results, "figures", set, "per-method-gains.png")));
      ok(await exists(join(results, "claims.json")));
      const again = await runTask("study", ["own", ...args, "--size", "16"]);
      strictEqual(again.stdout, first.stdout);
      ok(!/study .*6\/6/.test(again.stderr), again.stderr); // all of it was stored
    } finally {
      await removeManifests(name);
    }
  });
});

/** Manifests of folders of this name, wherever they lay. */
async function removeManifests(name: string): Promise<void> {
  const folder = dirname(manifestFile(name));
  for (const entry of [...Deno.readDirSync(folder)]) {
    if (entry.name.startsWith(`${name}-`)) await Deno.remove(join(folder, entry.name));
  }
}

Deno.test("task study: a wrong command line is one clear line and exit code 1", async () => {
  const cases: [string[], RegExp][] = [
    [[], /give one profile/],
    [["poster"], /no profile "poster": choose one of smoke/],
    [["own"], /give --images FOLDER/],
    [["own", "--images", "/nowhere"], /images \/nowhere: there is neither such a folder/],
    [["desk", "--size", "32"], /--size goes with the profile own/],
    [["own", "--images", "x", "--seeds", "0"], /--seeds 0: give a whole number above 0/],
    [["photos", "--colour"], /--colour.*--help lists the flags/],
    [["desk", "--methods", "simclr"], /--methods simclr: of a profile it is few or all/],
    [["desk", "--only", "77"], /--only 77: there are 02, per-method gains; /],
    [["desk", "smoke"], /give one profile/],
    [["own", "--images", "x", "--only", "02"], /--only goes with a profile/],
    [["desk", "--executor", "cloud"], /--executor cloud: it is local or slurm/],
    [["desk", "--partition", "gpu"], /--partition goes with --executor slurm/],
    [["desk", "--workers", "a:1,b:2"], /--workers of 2: give each its --rank, 0 to 1/],
    [["desk", "--workers", "a:1,b:2", "--rank", "2"], /give each its --rank, 0 to 1/],
    [["desk", "--workers", "a:1,http://b"], /--workers: http:\/\/b is no host:port/],
    [["desk", "--workers", "a:1,a:1", "--rank", "0"], /an address is there twice/],
    [["desk", "--rank", "0"], /--rank goes with --workers/],
    [["desk", "--executor", "slurm", "--workers", "slurm"], /start it by srun/],
    [["desk", "--executor", "slurm", "--cpus", "half"], /--cpus half: give a whole number above 0/],
  ];
  for (const [args, message] of cases) {
    const { code, stderr } = await runTask("study", args);
    strictEqual(code, 1, args.join(" "));
    match(stderr, message);
    strictEqual(stderr.trim().split("\n").length, 1, stderr);
  }
});

Deno.test("task study: --dry-run tells what is missing, how long it will take, and the disk", () =>
  withCache(async (env) => {
    const dry = ["smoke", "--only", "10", "--dry-run"];
    const { code, stdout, stderr } = await runTask("study", dry, env);
    strictEqual(code, 0, stderr);
    match(stdout, /0 results are stored, 18 are missing:/); // 2 seeds x (1 + 2 arms x 2 x 2)
    match(
      stdout,
      /simclr, ResNet 1-1, width 8, 32 px, 16 images a class, 1 epochs .*: 8 runs of 2 /,
    );
    match(stdout, /pretraining here: about \d+/);
    match(stdout, /on one A100: about [\d.e-]+ GPU-hours, on paper/);
    match(stdout, /disk: [\d.]+ MB of weights/);
  }));

Deno.test("task study: a profile's question is computed; status counts it, and what is damaged", () =>
  withCache(async (env, cache) => {
    const status = async () => {
      const { stdout, stderr } = await runTask("study", ["status", "smoke"], env);
      const row = /10, when they pay\|pretraining and probes\|simclr\|([\d|]+)\|/;
      return row.exec(stdout)?.[1] ?? stderr;
    };
    // Done, running, failed, missing, damaged; what other questions need too stands there.
    strictEqual(await status(), "0|0|0|12|0");
    const { code, stdout, stderr } = await runTask("study", ["smoke", "--only", "10"], env);
    strictEqual(code, 0, stderr);
    match(stdout, /10, when they pay: stored in /);
    strictEqual(await status(), "12|0|0|0|0");
    const folder = join(cache, "smoke", "results", "runs");
    const runs = await Array.fromAsync(Deno.readDir(folder), ({ name }) => join(folder, name));
    for (const run of runs) await Deno.writeTextFile(run, "{");
    strictEqual(await status(), "0|0|0|0|12");
  }));

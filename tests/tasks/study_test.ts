import { match, ok, strictEqual } from "node:assert/strict";
import { dirname, join } from "@std/path";
import { exists } from "../../lib/base/files.ts";
import { manifestFile } from "../../lib/datasets/importing/manifest.ts";
import { someImages, withLibrary } from "../datasets/photographs.ts";
import { runTask } from "./run_task.ts";

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
    [["own", "--images", "/nowhere"], /--images \/nowhere: there is neither such a folder/],
    [["desk", "--size", "32"], /--size goes with the profile own/],
    [["own", "--images", "x", "--seeds", "0"], /--seeds 0: give a whole number above 0/],
    [["photos", "--colour"], /--colour.*--help lists the flags/],
  ];
  for (const [args, message] of cases) {
    const { code, stderr } = await runTask("study", args);
    strictEqual(code, 1, args.join(" "));
    match(stderr, message);
    strictEqual(stderr.trim().split("\n").length, 1, stderr);
  }
});

Deno.test("task study: --dry-run of a profile lists its runs", async () => {
  const { code, stdout } = await runTask("study", ["smoke", "--dry-run"]);
  strictEqual(code, 0);
  match(stdout, /simclr, semantic, seeds 1, 2/);
});

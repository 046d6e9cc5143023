import { deepStrictEqual, match, strictEqual } from "node:assert/strict";
import { join } from "@std/path";
import sharp from "sharp";
import { exists } from "../../lib/base/files.ts";
import { manifestFile } from "../../lib/datasets/importing/manifest.ts";
import { runTask } from "./run_task.ts";

async function withFolder(test: (folder: string, name: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "data-task-" });
  const name = `test-${crypto.randomUUID().slice(0, 8)}`;
  try {
    await test(folder, name);
  } finally {
    await Deno.remove(folder, { recursive: true });
    await Deno.remove(manifestFile(name)).catch(() => {});
  }
}

async function writeImages(folder: string): Promise<void> {
  for (const [c, name] of ["cat", "dog"].entries()) {
    await Deno.mkdir(join(folder, name), { recursive: true });
    for (let k = 0; k < 3; k++) {
      const background = { r: 90 * c, g: 60 * k, b: 128 };
      const image = sharp({ create: { width: 12, height: 12, channels: 3, background } });
      await Deno.writeFile(join(folder, name, `${k}.png`), await image.png().toBuffer());
    }
  }
}

Deno.test("task data: imports a folder, says what is in it, keeps a manifest", async () => {
  await withFolder(async (folder, name) => {
    await writeImages(join(folder, "photos"));
    await Deno.writeTextFile(join(folder, "photos", "cat", "bad.png"), "text");
    const env = { SEMANTIC_PAIRS_DATA: join(folder, "data") };
    const first = await runTask("data", [name, "--archive", join(folder, "photos")], env);
    strictEqual(first.code, 0, first.stderr);
    match(first.stdout, /2 classes\n {2}train: 6 images, 2 classes of 3 to 3/);
    match(first.stdout, /1 left out: no image/);
    const manifest = JSON.parse(await Deno.readTextFile(manifestFile(name)));
    deepStrictEqual(manifest.sources, [{ name: "photos" }]);
    strictEqual(await exists(join(folder, "data", name, "train.index")), true);

    const list = join(folder, "classes.txt"), only = ["--classes", list];
    await Deno.writeTextFile(list, "dog\n");
    const some = await runTask("data", [name, "--archive", join(folder, "photos"), ...only], env);
    match(some.stdout, /1 classes\n {2}train: 3 images/);
    await Deno.writeTextFile(list, '{"classes": 3}');
    const none = await runTask("data", [name, "--archive", join(folder, "photos"), ...only], env);
    match(
      none.stderr,
      /^error: --classes .*: give a manifest, or a text file with a class a line\n$/,
    );
    const all = await runTask("data", [name, "--archive", join(folder, "photos")], env);
    strictEqual(all.code, 0, all.stderr);

    await Deno.remove(join(folder, "photos", "dog", "2.png"));
    const second = await runTask("data", [name, "--archive", join(folder, "photos")], env);
    match(second.stdout, /other content than the manifest that was here/);
  });
});

Deno.test("task data: --url fetches, keeps the file beside the data, and imports it", async () => {
  await withFolder(async (folder, name) => {
    await writeImages(join(folder, "photos"));
    const tar = new Deno.Command("tar", { args: ["cf", "set.tar", "photos"], cwd: folder });
    strictEqual((await tar.output()).code, 0);
    const bytes = await Deno.readFile(join(folder, "set.tar"));
    const server = Deno.serve(
      { port: 0, hostname: "127.0.0.1", onListen: () => {} },
      () => new Response(bytes),
    );
    const url = `http://127.0.0.1:${server.addr.port}/a%20set.tar`;
    const env = { SEMANTIC_PAIRS_DATA: join(folder, "data") };
    const { code, stdout, stderr } = await runTask("data", [name, "--url", url], env);
    await server.shutdown();
    strictEqual(code, 0, stderr);
    match(stdout, /train: 6 images/);
    const [downloads] = await Array.fromAsync(
      Deno.readDir(join(folder, "data", name, "downloads")),
    );
    strictEqual(
      await exists(join(folder, "data", name, "downloads", downloads.name, "a_set.tar")),
      true,
    );
  });
});

Deno.test("task data: --dry-run changes nothing; --help lists layouts and homes", async () => {
  const folder = await Deno.makeTempDir();
  const dry = await runTask("data", ["cifar-10", "--dry-run"], { SEMANTIC_PAIRS_DATA: folder });
  deepStrictEqual([...Deno.readDirSync(folder)], []);
  await Deno.remove(folder);
  match(dry.stdout, /would fetch https:\/\/.*cifar-10-binary\.tar\.gz to .*cifar-10/);
  const help = await runTask("data", ["--help"]);
  for (const part of [/tiny-imagenet/, /--archive PATH/, /image-net\.org/, /fetched: cifar-10/]) {
    match(help.stdout, part);
  }
});

Deno.test("task data: a wrong command line is one clear line and exit code 1", async () => {
  const cases: [string[], RegExp][] = [
    [[], /give one name/],
    [["a", "b"], /give one name/],
    [["constructor"], /constructor has no home/],
    [["x", "--archive", ""], /--archive: give a folder/],
    [["mine"], /mine has no home that is known here: give --archive PATH or --url URL/],
    [["../x", "--archive", "."], /cannot name a data set/],
    [["x", "--archive", "/nowhere/at/all"], /\/nowhere\/at\/all/],
    [["x", "--archive", ".", "--layout", "poster"], /"poster"/],
    [["x", "--url", "file:///etc/passwd"], /begins with http/],
    [["x", "--url", "http://a/b", "--sha256", "12"], /64 hexadecimal digits/],
    [["x", "--colour", "red"], /--colour.*--help lists the flags/],
  ];
  for (const [args, message] of cases) {
    const { code, stderr } = await runTask("data", args);
    strictEqual(code, 1, args.join(" "));
    match(stderr, message);
    strictEqual(stderr.trim().split("\n").length, 1, stderr);
  }
});

import { deepStrictEqual, match, ok, rejects, strictEqual } from "node:assert/strict";
import { join } from "@std/path";
import { exists } from "../../lib/base/files.ts";
import { sha256 } from "../../lib/base/hash.ts";
import { Problem } from "../../lib/base/problem.ts";
import { silent } from "../../lib/base/progress.ts";
import { downloadWheel } from "../../lib/engine/download.ts";
import { installTensorFlow, type Machine } from "../../lib/engine/install.ts";
import { libraryNames } from "../../lib/engine/locate.ts";
import { findPython, pythonTensorFlow } from "../../lib/engine/python.ts";
import { type Wheel, wheelFor } from "../../lib/engine/wheels.ts";

const { core, framework } = libraryNames;
const contents = { [core]: "core ".repeat(20_000), [framework]: "framework " };
const archive = join(import.meta.dirname!, "..", "vectors", "tiny_wheel.whl");

const scratch = await Deno.makeTempDir({ prefix: "semantic-pairs-test-" });
const newFolder = () => Deno.makeTempDir({ dir: scratch });
Deno.test.afterAll(() => Deno.remove(scratch, { recursive: true }));

/** The pins of tests/vectors/tiny_wheel.whl. */
const wheel: Wheel = {
  requirement: "tensorflow-tiny==1.0",
  platform: "any",
  bytes: 700,
  sha256: sha256(await Deno.readFile(archive)),
  libraries: Object.entries(contents).map(([name, text]) => ({
    name,
    bytes: text.length,
    sha256: sha256(text),
  })),
};

/** A machine without any TensorFlow, whose download copies the tiny wheel. */
async function bareMachine(changes: Partial<Machine> = {}): Promise<Machine> {
  const home = await newFolder();
  return {
    folder: undefined,
    cache: join(home, "tensorflow", "1.0-any"),
    python: () => Promise.resolve(undefined),
    wheel: () => wheel,
    download: async (_wheel, folder) => {
      await Deno.copyFile(archive, join(folder, "tiny.whl"));
      return join(folder, "tiny.whl");
    },
    ...changes,
  };
}

const install = (machine: Machine) => installTensorFlow({ machine, progress: () => silent });
const neverDownload: Machine["download"] = () => Promise.reject(new Error("downloaded"));

async function libraryFolder(): Promise<string> {
  const folder = await newFolder();
  for (const [name, text] of Object.entries(contents)) {
    await Deno.writeTextFile(join(folder, name), text);
  }
  return folder;
}

/** What lies beside the engine: its own folder, and leftovers. */
async function names(machine: Machine): Promise<string[]> {
  const found = await Array.fromAsync(Deno.readDir(join(machine.cache, "..")));
  return found.map(({ name }) => name);
}

async function withEnvironment(changes: Record<string, string>, run: () => Promise<void>) {
  const before = Object.keys(changes).map((name) => [name, Deno.env.get(name)] as const);
  for (const [name, value] of Object.entries(changes)) Deno.env.set(name, value);
  try {
    await run();
  } finally {
    for (const [name, value] of before) {
      if (value === undefined) Deno.env.delete(name);
      else Deno.env.set(name, value);
    }
  }
}

Deno.test("install: fetches once, verified and without leftovers, then finds it in the cache", async () => {
  const machine = await bareMachine();
  const first = await install(machine);
  strictEqual(first.source, "fetched");
  strictEqual(await Deno.readTextFile(first.core), contents[core]);
  strictEqual(await Deno.readTextFile(first.framework), contents[framework]);
  deepStrictEqual(await names(machine), ["1.0-any"]);
  const again = await install({ ...machine, download: neverDownload });
  deepStrictEqual(again, { ...first, source: "cache" });
});

Deno.test("install: the user's folder comes before the cache, the cache before Python", async () => {
  const folder = await libraryFolder();
  const python = () => Promise.resolve({ folder, version: "2.20.0" });
  const machine = await bareMachine({ python, download: neverDownload });
  const fromPython = await install(machine);
  deepStrictEqual([fromPython.source, fromPython.version], ["python", "2.20.0"]);
  strictEqual(fromPython.core, join(folder, core));

  const { download } = await bareMachine();
  await install({ ...machine, python: () => Promise.resolve(undefined), download });
  strictEqual((await install(machine)).source, "cache");

  const fromFolder = await install({ ...machine, folder });
  deepStrictEqual([fromFolder.source, fromFolder.core], ["environment", join(folder, core)]);
});

Deno.test("install: the user's folder may be the one above tensorflow", async () => {
  const above = await newFolder();
  await Deno.rename(await libraryFolder(), join(above, "tensorflow"));
  const { core: path } = await install(await bareMachine({ folder: above }));
  strictEqual(path, join(above, "tensorflow", core));
});

Deno.test("install: a user's folder without the libraries is an error, not skipped", async () => {
  const machine = await bareMachine({ folder: "/nowhere" });
  await rejects(install(machine), (error) => {
    ok(error instanceof Problem);
    match(error.message, /SEMANTIC_PAIRS_TENSORFLOW is \/nowhere.*unset it/);
    return true;
  });
});

Deno.test("install: a Python tensorflow that is too old or has no C library is passed over", async () => {
  const folder = await libraryFolder();
  for (const version of ["2.15.1", "1.15.0"]) {
    const machine = await bareMachine({ python: () => Promise.resolve({ folder, version }) });
    strictEqual((await install(machine)).source, "fetched");
  }
  const shell = await libraryFolder();
  await Deno.truncate(join(shell, core), 8704);
  for (const folder of ["/nowhere", shell]) {
    const python = () => Promise.resolve({ folder, version: "2.21.0" });
    strictEqual((await install(await bareMachine({ python }))).source, "fetched");
  }
});

Deno.test("install: broken off while it unpacks, it leaves nothing that passes for an engine", async () => {
  const machine = await bareMachine();
  const killed = installTensorFlow({
    machine,
    progress: (label) => () => {
      if (label.startsWith("unpacking")) throw new Error("broken off");
    },
  });
  await rejects(killed, /broken off/);
  ok(!await exists(machine.cache));
  strictEqual((await install(machine)).source, "fetched");
});

Deno.test("install: leftovers of a killed setup are swept after a day, not before", async () => {
  const machine = await bareMachine();
  const [old, fresh] = ["old", "fresh"].map((name) => `${machine.cache}.${name}.part`);
  for (const folder of [old, fresh]) {
    await Deno.mkdir(join(folder, "engine"), { recursive: true });
    await Deno.writeTextFile(join(folder, "engine", core), "half");
  }
  const dayAndHour = Date.now() / 1000 - 25 * 3600;
  await Deno.utime(old, dayAndHour, dayAndHour);
  await install(machine);
  deepStrictEqual([await exists(old), await exists(fresh)], [false, true]);
});

Deno.test("install: two at once end with one whole engine and no leftovers", async () => {
  const machine = await bareMachine();
  const meeting = Promise.withResolvers<void>();
  let arrived = 0;
  const download: Machine["download"] = async (...call) => { // both are past the look-up
    if (++arrived === 2) meeting.resolve();
    await meeting.promise;
    return await machine.download(...call);
  };
  const both = await Promise.all([
    install({ ...machine, download }),
    install({ ...machine, download }),
  ]);
  strictEqual(both[0].core, both[1].core);
  strictEqual(await Deno.readTextFile(both[0].core), contents[core]);
  deepStrictEqual(await names(machine), ["1.0-any"]);
});

Deno.test("install: a damaged engine in the cache is replaced", async () => {
  const machine = await bareMachine();
  const { core: path } = await install(machine);
  for (const damage of [() => Deno.truncate(path, 10), () => Deno.remove(path)]) {
    await damage();
    strictEqual((await install(machine)).source, "fetched");
    strictEqual(await Deno.readTextFile(path), contents[core]);
    deepStrictEqual(await names(machine), ["1.0-any"]);
  }
});

Deno.test("install: libraries that are not the pinned ones are refused", async () => {
  const [first, second] = wheel.libraries;
  for (const change of [{ sha256: "0".repeat(64) }, { bytes: 5 }, { name: "absent.so" }]) {
    const changed = { ...wheel, libraries: [{ ...first, ...change }, second] };
    const machine = await bareMachine({ wheel: () => changed });
    await rejects(install(machine), { name: "Problem" });
    deepStrictEqual(await names(machine), []);
  }
});

Deno.test("download: without Python, the message names the ways out", async () => {
  const folder = await newFolder();
  await withEnvironment({ PATH: folder }, () =>
    rejects(downloadWheel(wheel, folder, silent), {
      name: "Problem",
      message: /no python3.*pip install tensorflow-tiny.*SEMANTIC_PAIRS_TENSORFLOW.*ENGINE=webgpu/,
    }));
});

const ignore = await findPython() === undefined;

Deno.test({
  name: "download: where pip finds nothing (offline), the message says why and names the ways out",
  ignore,
  fn: async () => {
    const folder = await newFolder();
    await withEnvironment(
      { PIP_NO_INDEX: "1", PIP_FIND_LINKS: folder },
      () =>
        rejects(downloadWheel(wheel, folder, silent), {
          name: "Problem",
          message:
            /pip says: .*tensorflow-tiny==1.0.*network.*SEMANTIC_PAIRS_TENSORFLOW.*ENGINE=webgpu/,
        }),
    );
  },
});

Deno.test({
  name: "download: a wheel that has not the pinned hash is refused",
  ignore,
  fn: async () => {
    const [shelf, folder] = [await newFolder(), await newFolder()];
    await Deno.copyFile(archive, join(shelf, "tensorflow_tiny-1.0-py3-none-any.whl"));
    await withEnvironment({ PIP_NO_INDEX: "1", PIP_FIND_LINKS: shelf }, async () => {
      const path = await downloadWheel(wheel, folder, silent);
      strictEqual(sha256(await Deno.readFile(path)), wheel.sha256);
      await Deno.remove(path);
      const forged = { ...wheel, sha256: "0".repeat(64) };
      await rejects(downloadWheel(forged, folder, silent), /could not be fetched/);
    });
  },
});

Deno.test({
  name: "python: an installed tensorflow is found without importing it",
  ignore,
  fn: async () => {
    const site = await newFolder();
    await Deno.mkdir(join(site, "tensorflow"));
    await Deno.writeTextFile(join(site, "tensorflow", "__init__.py"), "raise SystemExit('no')");
    await withEnvironment({ PYTHONPATH: site }, async () => {
      const info = join(site, "tensorflow_cpu-2.99.0.dist-info");
      await Deno.mkdir(info);
      await Deno.writeTextFile(join(info, "METADATA"), "Name: tensorflow-cpu\nVersion: 2.99.0\n");
      const expected = { folder: join(site, "tensorflow"), version: "2.99.0" };
      deepStrictEqual(await pythonTensorFlow(), expected);
    });
  },
});

Deno.test("wheels: an unsupported platform is told the ways out", () => {
  match(wheelFor("linux-x86_64").requirement, /^tensorflow-cpu==2\./);
  let message = "";
  try {
    wheelFor("solaris-sparc");
  } catch (error) {
    message = (error as Problem).message;
  }
  match(message, /not published for solaris-sparc.*SEMANTIC_PAIRS_TENSORFLOW.*ENGINE=webgpu/);
});

import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { join } from "@std/path";
import { importImages } from "../../../lib/datasets/importing/import.ts";
import { classFolders } from "../../../lib/datasets/class_folders.ts";
import { openJournal } from "../../../lib/datasets/importing/journal.ts";
import type { Seen } from "../../../lib/datasets/importing/look.ts";
import { folderTree } from "../../../lib/datasets/trees/folder.ts";
import { load, manifestOf } from "../../../lib/datasets/library.ts";
import { checkout, exists } from "../../../lib/base/files.ts";
import { someImages, withLibrary } from "../photographs.ts";

const job = { files: ["a.zip"] };

async function withFile(test: (path: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "journal-" });
  await test(join(folder, "deep", "x.journal")).finally(() =>
    Deno.remove(folder, { recursive: true })
  );
}

Deno.test("journal: what one start notes, the next knows; another job knows nothing", async () => {
  await withFile(async (path) => {
    const first = await openJournal<number[]>(path, job);
    strictEqual(first.known("a"), undefined);
    await first.note([["a", [1, 2]], ["ü\n", []]]);
    await first.note([]);
    first.close();
    const second = await openJournal<number[]>(path, job);
    deepStrictEqual([second.known("a"), second.known("ü\n")], [[1, 2], []]);
    await second.note([["b", [3]]]);
    second.close();
    const third = await openJournal<number[]>(path, job);
    deepStrictEqual(["a", "b"].map(third.known), [[1, 2], [3]]);
    third.close();
    const other = await openJournal<number[]>(path, { files: ["b.zip"] });
    strictEqual(other.known("a"), undefined);
    other.close();
    await other.finish();
    strictEqual(await exists(path), false);
  });
});

Deno.test("journal: cut at any byte, what is whole is kept and the rest is noted anew", async () => {
  await withFile(async (path) => {
    const whole = await openJournal<string>(path, job);
    await whole.note([["a", "1"], ["b", "2"]]);
    whole.close();
    const bytes = await Deno.readFile(path);
    for (let length = 0; length < bytes.length; length++) {
      await Deno.writeFile(path, bytes.subarray(0, length));
      const journal = await openJournal<string>(path, job);
      const known = ["a", "b"].filter((key) => journal.known(key));
      await journal.note([["c", "3"]]);
      journal.close();
      const again = await openJournal<string>(path, job);
      deepStrictEqual(["a", "b", "c"].filter((key) => again.known(key)), [...known, "c"]);
      again.close();
    }
  });
});

Deno.test("import: what the journal knows is not read again, and comes to the same", async () => {
  await withLibrary(await someImages(6), async (folder) => {
    const tree = await folderTree(folder), read: number[] = [];
    const counted = { ...tree, read: (i: number) => (read.push(i), tree.read(i)) };
    const options = { name: "x", sources: [] };
    const path = join(folder, "..", "x.journal");
    const run = async (files: typeof counted) => {
      const journal = await openJournal<Seen>(path, job);
      return await importImages(files, classFolders, { ...options, journal })
        .finally(journal.close);
    };
    const undisturbed = await run(counted);
    strictEqual(read.splice(0).length, 12);
    deepStrictEqual(await run(counted), undisturbed);
    strictEqual(read.length, 0);
  });
});

Deno.test("task data: killed while it imports, it goes on and comes to the same manifest", async () => {
  await withLibrary(await someImages(150), async (folder, name) => {
    const env = { SEMANTIC_PAIRS_DATA: Deno.env.get("SEMANTIC_PAIRS_DATA")!, NO_COLOR: "1" };
    const command = new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", join(checkout, "lib/tasks/data.ts"), name, "--archive", folder],
      ...{ env, stdout: "null", stderr: "null" },
    });
    const journal = join(env.SEMANTIC_PAIRS_DATA, name, "import.journal");
    const child = command.spawn();
    while (await Deno.stat(journal).then(({ size }) => size < 5000, () => true)) {
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    child.kill("SIGKILL");
    const { signal } = await child.status;
    strictEqual(signal, "SIGKILL");
    strictEqual(await manifestOf(name), undefined);
    strictEqual((await command.spawn().status).code, 0);
    const resumed = await manifestOf(name);
    strictEqual(await exists(journal), false);
    strictEqual((await command.spawn().status).code, 0);
    deepStrictEqual(await manifestOf(name), resumed);
  });
});

Deno.test("task data: two imports of one name at once wait for each other", async () => {
  await withLibrary(await someImages(20), async (folder, name) => {
    const env = { SEMANTIC_PAIRS_DATA: Deno.env.get("SEMANTIC_PAIRS_DATA")!, NO_COLOR: "1" };
    const command = new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", join(checkout, "lib/tasks/data.ts"), name, "--archive", folder],
      ...{ env, stdout: "null", stderr: "null" },
    });
    const both = [command.spawn(), command.spawn()].map((child) => child.status);
    deepStrictEqual((await Promise.all(both)).map(({ code }) => code), [0, 0]);
    strictEqual((await load(name, { size: 8 })).length, 40);
  });
});

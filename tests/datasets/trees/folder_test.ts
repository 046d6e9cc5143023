import { deepStrictEqual, rejects, strictEqual, throws } from "node:assert/strict";
import { join } from "@std/path";
import { folderTree } from "../../../lib/datasets/trees/folder.ts";
import { bytesOf, inFolder, saying, textsOf } from "./files.ts";

const linux = Deno.build.os === "linux";

/** Runs shell commands in a folder. */
async function shell(cwd: string, script: string): Promise<void> {
  const { success, stderr } = await new Deno.Command("bash", { args: ["-ec", script], cwd })
    .output();
  if (!success) throw new Error(new TextDecoder().decode(stderr));
}

Deno.test("folder: files of all folders, by code unit", async () => {
  const files = {
    "b/1.txt": "b1",
    "b-/1.txt": "b-",
    "b/c/d/2.txt": "b2",
    "B.txt": "B",
    "ü.txt": "ü",
  };
  await inFolder(files, async (folder) => {
    const tree = await folderTree(folder);
    strictEqual(tree.path, folder);
    deepStrictEqual(tree.names, ["B.txt", "b-/1.txt", "b/1.txt", "b/c/d/2.txt", "ü.txt"]);
    deepStrictEqual(await textsOf(tree), files);
    deepStrictEqual(tree.skipped, []);
  });
});

Deno.test("folder: a file's location is the file itself", async () => {
  await inFolder({ "a/1.bin": bytesOf("12345") }, async (folder) => {
    const tree = await folderTree(folder);
    const expected = {
      path: join(folder, "a/1.bin"),
      offset: 0,
      stored: 5,
      size: 5,
      deflated: false,
    };
    deepStrictEqual(await tree.locate!(0), expected);
  });
});

Deno.test("folder: hidden files and folders are skipped, a folder as one", async () => {
  const files = {
    "1.jpg": "",
    ".git/config": "",
    ".git/objects/1": "",
    "a/.DS_Store": "",
    "a/Thumbs.db": "",
    "a/desktop.ini": "",
    "a/2.jpg": "",
    "__MACOSX/a/._1.jpg": "",
  };
  await inFolder(files, async (folder) => {
    const { names, skipped } = await folderTree(folder);
    deepStrictEqual(names, ["1.jpg", "a/2.jpg"]);
    const hidden = [".git", "__MACOSX", "a/.DS_Store", "a/Thumbs.db", "a/desktop.ini"];
    deepStrictEqual(skipped, hidden.map((name) => ({ name, reason: "hidden" })));
  });
});

Deno.test("folder: one that holds nothing to be seen is reported", async () => {
  await inFolder({ "a/1.jpg": "", "b/.keep": "" }, async (folder) => {
    await Deno.mkdir(join(folder, "c"));
    const { names, skipped } = await folderTree(folder);
    deepStrictEqual(names, ["a/1.jpg"]);
    deepStrictEqual(skipped, [
      { name: "b", reason: "an empty folder" },
      { name: "b/.keep", reason: "hidden" },
      { name: "c", reason: "an empty folder" },
    ]);
  });
});

Deno.test("folder: links are followed, unless they lead in a circle or nowhere", async () => {
  const files = { "set/cat/1.jpg": "cat", "far/dog/2.jpg": "dog", "far/3.jpg": "far" };
  await inFolder(files, async (folder) => {
    const link = (to: string, from: string) => Deno.symlink(to, join(folder, from));
    await link("../far/dog", "set/dog");
    await link("../far/3.jpg", "set/3.jpg");
    await link("..", "set/cat/up"); // a folder that holds it
    await link(".", "set/cat/self");
    await link("../..", "far/dog/back"); // holds the root, and so itself
    await link("../../set/cat", "far/dog/cat"); // no circle: another name of the cats
    await link("gone.jpg", "set/broken.jpg");
    await link("round", "set/round");
    const tree = await folderTree(join(folder, "set"));
    deepStrictEqual(await textsOf(tree), {
      "3.jpg": "far",
      "cat/1.jpg": "cat",
      "dog/2.jpg": "dog",
      "dog/cat/1.jpg": "cat",
    });
    const circle = "a link to a folder that holds it", nowhere = "a link that leads nowhere";
    deepStrictEqual(tree.skipped, [
      { name: "broken.jpg", reason: nowhere },
      { name: "cat/self", reason: circle },
      { name: "cat/up", reason: circle },
      { name: "dog/back", reason: circle },
      { name: "dog/cat/self", reason: circle },
      { name: "dog/cat/up", reason: circle },
      { name: "round", reason: nowhere },
    ]);
  });
});

Deno.test("folder: two folders that link to each other", async () => {
  await inFolder({ "a/1": "a", "b/2": "b" }, async (folder) => {
    await Deno.symlink("../b", join(folder, "a/b"));
    await Deno.symlink("../a", join(folder, "b/a"));
    const { names, skipped } = await folderTree(folder);
    deepStrictEqual(names, ["a/1", "a/b/2", "b/2", "b/a/1"]);
    deepStrictEqual(skipped.map(({ name }) => name), ["a/b/a", "b/a/b"]);
  });
});

Deno.test({
  name: "folder: names that are no UTF-8, and what is neither file nor folder",
  ignore: !linux, // other systems allow no such names
  async fn() {
    await inFolder({ "a/1.jpg": "1", "a/really\uFFFD.jpg": "2" }, async (folder) => {
      await shell(folder, `echo x > a/$'caf\\xe9.jpg'; mkdir $'caf\\xe9'; mkfifo a/pipe`);
      const tree = await folderTree(folder);
      deepStrictEqual(await textsOf(tree), { "a/1.jpg": "1", "a/really\uFFFD.jpg": "2" });
      const reason = "its name is no UTF-8: rename it";
      deepStrictEqual(tree.skipped, [
        { name: "a/caf\uFFFD.jpg", reason },
        { name: "a/pipe", reason: "neither a file nor a folder" },
        { name: "caf\uFFFD", reason },
      ]);
    });
  },
});

Deno.test({
  name: "folder: a folder that cannot be read is skipped",
  ignore: !linux,
  async fn() {
    await inFolder({ "1.jpg": "1" }, async (folder) => {
      // Deeper than the 4096 bytes that a path may have; permissions would not stop root.
      const step = "d".repeat(250);
      await shell(folder, `for i in {1..18}; do mkdir ${step}; cd ${step}; done`);
      const { names, skipped } = await folderTree(folder);
      deepStrictEqual(names, ["1.jpg"]);
      deepStrictEqual(skipped.map(({ reason }) => reason), ["a folder that cannot be read"]);
    });
  },
});

Deno.test("folder: what cannot be read is named", async () => {
  await inFolder({ "a/1.jpg": "1", "file": "" }, async (folder) => {
    await rejects(folderTree(join(folder, "none")), saying(/none cannot be read \(ENOENT\): make/));
    await rejects(folderTree(join(folder, "file")), saying(/file is no folder/));
    const tree = await folderTree(folder);
    await Deno.remove(join(folder, "a/1.jpg"));
    const gone = saying(/a\/1\.jpg cannot be read \(ENOENT\)/);
    await rejects(tree.read(0), gone);
    throws(() => tree.size(0), gone);
  });
});

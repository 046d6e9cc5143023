import { deepStrictEqual, rejects, strictEqual } from "node:assert/strict";
import { Buffer } from "node:buffer";
import { gzipSync } from "node:zlib";
import { join } from "@std/path";
import { silent } from "../../../lib/base/progress.ts";
import type { FileTree } from "../../../lib/datasets/trees/file_tree.ts";
import { openTree } from "../../../lib/datasets/trees/open.ts";
import { inFolder, saying, textsOf } from "./files.ts";
import { makeTar, tarMember } from "./make_tar.ts";
import { makeZip } from "./make_zip.ts";

const tar = makeTar(tarMember("cat/1.txt", "1"), tarMember("dog/2.txt", "2"));
const zip = makeZip([{ name: "cat/1.txt", content: "1" }, { name: "dog/2.txt", content: "2" }]);
const texts = { "cat/1.txt": "1", "dog/2.txt": "2" };
const vectors = join(import.meta.dirname!, "../../vectors");
const parquet = await Deno.readFile(join(vectors, "hugging_face/plain.parquet"));

/** Opens paths within a folder, its own `scratch` being for what is unpacked. */
const open = (folder: string, ...names: string[]): Promise<FileTree> => {
  const paths = names.map((name) => join(folder, name));
  const options = { scratch: join(folder, ".scratch"), progress: silent };
  return openTree(paths.length === 1 ? paths[0] : paths, options);
};

const refused = (files: Record<string, Uint8Array | string>, names: string[], pattern: RegExp) =>
  inFolder(files, (folder) => rejects(open(folder, ...names), saying(pattern)));

Deno.test("open: a kind is told by content, whatever the name", async () => {
  const files = {
    "a.tar.gz": gzipSync(tar),
    "a.tar": tar,
    "a.zip": zip,
    "no.zip": tar,
    "no.tar": zip,
  };
  await inFolder(
    { ...files, "download": gzipSync(tar), "folder/cat/1.txt": "1" },
    async (folder) => {
      for (const name of [...Object.keys(files), "download"]) {
        const tree = await open(folder, name);
        strictEqual(tree.path, join(folder, name));
        deepStrictEqual(await textsOf(tree), texts, name);
        tree.close();
      }
      deepStrictEqual(await textsOf(await open(folder, "folder")), { "cat/1.txt": "1" });
    },
  );
});

Deno.test("open: several paths are one tree", async () => {
  const files = {
    "a.tar": tar,
    "more/owl/3.txt": "3",
    "more/.x": "",
    "b.zip": makeZip([{ name: "a", content: "4" }]),
  };
  await inFolder(files, async (folder) => {
    const tree = await open(folder, "more", "a.tar", "b.zip");
    deepStrictEqual(tree.names, ["a", "cat/1.txt", "dog/2.txt", "owl/3.txt"]);
    deepStrictEqual(await textsOf(tree), { ...texts, "owl/3.txt": "3", a: "4" });
    deepStrictEqual(tree.skipped, [{ name: ".x", reason: "hidden" }]);
    strictEqual(tree.order, undefined);
    tree.close();
  });
});

Deno.test("open: a name in two paths is a problem that names both", async () => {
  const message = /^cat\/1\.txt is in .*a\.tar and in .*more: take it out of one of them$/;
  await refused({ "a.tar": tar, "more/cat/1.txt": "x" }, ["a.tar", "more"], message);
});

Deno.test("open: a folder of parquet files is opened as these", async () => {
  const repository = { "README.md": "", ".gitattributes": "", "data/plain.parquet": parquet };
  await inFolder(repository, async (folder) => {
    const tree = await open(folder, ".");
    strictEqual(tree.names.length, 5);
    strictEqual(tree.locate, undefined);
    deepStrictEqual(tree.skipped, [
      { name: ".gitattributes", reason: "hidden" },
      { name: "README.md", reason: "no parquet file" },
    ]);
    tree.close();
  });
  // Images with a list of pairs beside them are images.
  await inFolder({ "cat/1.jpg": "", "pairs.parquet": parquet }, async (folder) => {
    deepStrictEqual((await open(folder, ".")).names, ["cat/1.jpg", "pairs.parquet"]);
  });
});

Deno.test("open: parquet files are one table, joined with others in their order", async () => {
  const files = { "train.parquet": parquet, "test.parquet": parquet, "a.zip": zip };
  await inFolder(files, async (folder) => {
    const tree = await open(folder, "a.zip", "train.parquet", "test.parquet");
    const named = tree.order!.map((i) => tree.names[i].split("/").at(-1));
    const rows = [0, 1, 2, 3, 4];
    deepStrictEqual(named, [
      ...rows.map((i) => `train-${i}.png`),
      ...rows.map((i) => `test-${i}.png`),
      ...["1.txt", "2.txt"],
    ]);
    strictEqual(tree.locate, undefined);
    strictEqual(new TextDecoder().decode(await tree.read(tree.names.indexOf("dog/2.txt"))), "2");
    tree.close();
  });
});

Deno.test("open: what cannot be opened says what to do", async () => {
  const hex = (text: string) => Buffer.from(text.padEnd(200, "0"), "hex");
  await refused({}, ["none"], /^there is no .*none: give a folder or an archive$/);
  await refused({ "a.zip": "" }, ["a.zip"], /a\.zip is empty: fetch it again/);
  await refused(
    { "a.zip": "<html>" },
    ["a.zip"],
    /a\.zip is no archive that can be read: give a folder/,
  );
  await refused({ "a.jpg": hex("ffd8ffe0") }, ["a.jpg"], /a\.jpg is no archive/);
  const foreign = {
    "526172211a0700": "a .rar archive",
    "377abcaf271c": "a .7z archive",
    "425a6839": "compressed with bzip2",
    "fd377a585a00": "compressed with xz",
    "28b52ffd": "compressed with zstd",
  };
  for (const [signature, kind] of Object.entries(foreign)) {
    const message = new RegExp(`a\\.zip is ${kind}: unpack it, and give the folder`);
    await refused({ "a.zip": hex(signature) }, ["a.zip"], message);
  }
  const cut = /a\.tar\.gz is cut short: it ends after byte 1024/; // not the one in scratch
  await refused({ "a.tar.gz": gzipSync(tar.subarray(0, 1024)) }, ["a.tar.gz"], cut);
  await refused({ "a.gz": gzipSync("a label file") }, ["a.gz"], /a\.gz is no tar archive/);
  await rejects(openTree([], { scratch: ".", progress: silent }), saying(/no path: give a folder/));
});

Deno.test("open: names of members decide nothing outside of the tree", async () => {
  const hostile = makeTar(tarMember("../../evil.txt", "x"));
  await inFolder({ "a.tar.gz": gzipSync(hostile), "a.tar": hostile }, async (folder) => {
    const named = saying(/a\.tar(\.gz)? has a member named "\.\.\/\.\.\/evil\.txt"/);
    await rejects(open(folder, "a.tar.gz"), named);
    await rejects(open(folder, "a.tar"), named);
    const found = (await Array.fromAsync(Deno.readDir(folder))).map(({ name }) => name).sort();
    deepStrictEqual(found, [".scratch", "a.tar", "a.tar.gz"]);
  });
});

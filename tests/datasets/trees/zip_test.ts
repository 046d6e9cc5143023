import { deepStrictEqual, rejects, strictEqual } from "node:assert/strict";
import { Buffer } from "node:buffer";
import { join } from "@std/path";
import { MAX_RATIO } from "../../../lib/datasets/trees/limits.ts";
import { zipTree } from "../../../lib/datasets/trees/zip.ts";
import { inFolder, saying, textsOf } from "./files.ts";
import { makeZip, type Member } from "./make_zip.ts";

/** Runs a test on the path of an archive. */
const withZip = (archive: Uint8Array, test: (path: string) => Promise<void>) =>
  inFolder({ "a.zip": archive }, (folder) => test(join(folder, "a.zip")));

/** What a test finds in an archive: its texts, and what was left out. */
async function contentOf(members: readonly Member[]) {
  let found;
  await withZip(makeZip(members), async (path) => {
    const tree = await zipTree(path);
    found = { texts: await textsOf(tree), skipped: tree.skipped };
    tree.close();
  });
  return found;
}

/** A member refused when it is read. */
const readsAs = (archive: Uint8Array, pattern: RegExp) =>
  withZip(archive, async (path) => {
    const tree = await zipTree(path);
    await rejects(tree.read(0), saying(pattern));
    tree.close();
  });

const long = "label,".repeat(500);

Deno.test("zip: members are read in place, stored and deflated, by name", async () => {
  const members = [
    { name: "b/", content: "" },
    { name: "b/2.txt", content: long, deflate: true },
    { name: "./a//1.txt", content: "one" },
    { name: "b/empty", content: "", deflate: true },
    { name: "b/nothing", content: "" },
    { name: "b-/3", content: "three" }, // by code unit, "b-/" stands before "b/"
  ];
  deepStrictEqual(await contentOf(members), {
    texts: { "a/1.txt": "one", "b-/3": "three", "b/2.txt": long, "b/empty": "", "b/nothing": "" },
    skipped: [],
  });
  await withZip(makeZip(members), async (path) => {
    const tree = await zipTree(path);
    deepStrictEqual(tree.names, ["a/1.txt", "b-/3", "b/2.txt", "b/empty", "b/nothing"]);
    tree.close();
  });
});

Deno.test("zip: an archive by another hand, Python's zipfile", async () => {
  const wheel = await zipTree(join(import.meta.dirname!, "../../vectors/tiny_wheel.whl"));
  const texts = await textsOf(wheel);
  strictEqual(texts["tensorflow/libtensorflow_cc.so.2"], "core ".repeat(20_000));
  strictEqual(texts["tensorflow_tiny-1.0.dist-info/WHEEL"].split("\n")[0], "Wheel-Version: 1.0");
  wheel.close();
});

Deno.test("zip: zip64 archives", async () => {
  const members = [{ name: "a", content: "one", zip64: true }, { name: "b", content: "two" }];
  deepStrictEqual(await contentOf(members), { texts: { a: "one", b: "two" }, skipped: [] });
});

Deno.test("zip: 70000 members, and a directory that counts them with 16 bits", async () => {
  const members = Array.from({ length: 70_000 }, (_, i) => ({ name: `c/${i}`, content: "" }));
  await withZip(makeZip([{ ...members[0], zip64: true }, ...members.slice(1)]), async (path) => {
    const tree = await zipTree(path);
    strictEqual(tree.names.length, 70_000);
    tree.close();
  });
  const wrapped = makeZip(members, { count: 70_000 % 65_536 });
  await withZip(wrapped, (path) => rejects(zipTree(path), saying(/more entries than it says/)));
});

Deno.test("zip: names are UTF-8 where they say so, else CP437", async () => {
  const members = [
    { name: "Katze/zwölf.jpg", content: "1" },
    { name: Buffer.from("z\x94lf.jpg", "latin1"), content: "2", flags: 0 }, // ö in CP437
    { name: Buffer.from("z\xf6lf.jpg", "latin1"), content: "3" }, // ö in Latin-1, said to be UTF-8
    { name: "what\uFFFD.jpg", content: "4" }, // spelled so indeed
  ];
  deepStrictEqual(await contentOf(members), {
    texts: { "Katze/zwölf.jpg": "1", "zölf.jpg": "2", "what\uFFFD.jpg": "4" },
    skipped: [{ name: "z\uFFFDlf.jpg", reason: "its name is no UTF-8: rename it" }],
  });
});

Deno.test("zip: what cannot be used is skipped, with a reason", async () => {
  const members = [
    { name: "a", content: "first" },
    { name: "./a", content: "second" },
    { name: "locked", content: "x", flags: 0x801 },
    { name: "lzma", content: "x", method: 14 },
    { name: "link", content: "/etc/passwd", mode: 0o120777 },
    { name: "__MACOSX/._a", content: "x" },
    { name: "__MACOSX/._b", content: "x" },
    { name: "c/Thumbs.db", content: "x" },
    { name: "c/.DS_Store", content: "x" },
  ];
  deepStrictEqual(await contentOf(members), {
    texts: { a: "first" },
    skipped: [
      { name: "__MACOSX", reason: "hidden" },
      { name: "a", reason: "an earlier member has this name" },
      { name: "c/.DS_Store", reason: "hidden" },
      { name: "c/Thumbs.db", reason: "hidden" },
      { name: "link", reason: "a symbolic link" },
      { name: "locked", reason: "encrypted: unpack the archive with its password" },
      { name: "lzma", reason: "compressed by method 14, not by deflate: pack it again" },
    ],
  });
});

Deno.test("zip: a name that leads out of the folder refuses the archive", async () => {
  const names = [
    "../up",
    "a/../../up",
    "/etc/passwd",
    "C:/x",
    "c:x",
    "a\\..\\x",
    "a\0.jpg",
    "..",
    "../",
  ];
  for (const name of names) {
    const archive = makeZip([{ name: "fine", content: "x" }, { name, content: "x" }]);
    await withZip(archive, (path) =>
      rejects(
        zipTree(path),
        (error: Error) =>
          saying(/a\.zip has a member named .* not to be trusted; get it/)(error) &&
          error.message.includes(JSON.stringify(name)),
      ));
  }
});

Deno.test("zip: bombs are refused before anything is inflated", async () => {
  const zeros = new Uint8Array(3_000_000); // deflate makes 3 kB of them
  const bomb = makeZip([{ name: "zeros.bmp", content: zeros, deflate: true }]);
  const alone =
    /a\.zip: zeros\.bmp has 3000000 bytes in \d+, more than 100 times as many: a zip bomb/;
  await withZip(bomb, (path) => rejects(zipTree(path), saying(alone)));

  // Each member alone is harmless; all are made of the same bytes.
  const content = new Uint8Array(1_000_000), kernel = { name: "k", content, deflate: true };
  const overlapping = Array.from({ length: 50 }, (_, i) => ({
    ...kernel,
    name: `k${i}`,
    overlaps: i > 0,
  }));
  const together =
    /a\.zip: up to k\d, its files have \d+ bytes in an archive of \d+, more than 100/;
  await withZip(makeZip(overlapping), (path) => rejects(zipTree(path), saying(together)));

  // An empty mask is no bomb, nor is a member that says it has no more than it should.
  await withZip(makeZip([kernel]), async (path) => (await zipTree(path)).close());
  strictEqual(MAX_RATIO, 100);
});

Deno.test("zip: inflating stops at the size that the header says", async () => {
  const content = new Uint8Array(3_000_000);
  const name = "cat/1.bmp", of = "1000 bytes that are due: fetch";
  const lies = makeZip([{ name, content, deflate: true, size: 1000 }]);
  await readsAs(lies, new RegExp(`a\\.zip: ${name} does not inflate to the ${of}`));
  const short = makeZip([{ name, content: "short", deflate: true, size: 6 }]);
  await readsAs(short, /a\.zip: cat\/1\.bmp does not inflate to the 6 bytes/);
});

Deno.test("zip: a damaged member is named", async () => {
  for (const deflate of [false, true]) {
    const archive = makeZip([{ name: "cat/1.jpg", content: long, deflate, crc: 1 }]);
    await readsAs(archive, /a\.zip: cat\/1\.jpg is damaged \(its CRC-32 is another\): fetch/);
  }
  const archive = makeZip([{ name: "cat/1.jpg", content: "abc" }]);
  archive[0] = 0; // the local header
  await readsAs(archive, /a\.zip: cat\/1\.jpg is damaged \(invalid local file header/);
  const contradicts = makeZip([{ name: "cat/1.jpg", content: "abc", size: 5 }]);
  const stored = /a\.zip: cat\/1\.jpg is stored as it is, yet 3 bytes for 5/;
  await withZip(contradicts, (path) => rejects(zipTree(path), saying(stored)));
});

Deno.test("zip: what is no whole archive is a problem", async () => {
  const archive = makeZip([{ name: "a", content: long }, { name: "b", content: long }]);
  const whole = /a\.zip is no whole zip archive \(.*\): fetch it again/;
  const cuts = [
    archive.slice(0, 2000),
    archive.slice(0, -1),
    archive.slice(100),
    new Uint8Array(9),
  ];
  for (const cut of cuts) await withZip(cut, (path) => rejects(zipTree(path), saying(whole)));
  await inFolder(
    {},
    (folder) =>
      rejects(zipTree(join(folder, "none.zip")), saying(/none\.zip cannot be read \(ENOENT\)/)),
  );
});

import { deepStrictEqual, ok, rejects, strictEqual } from "node:assert/strict";
import { Buffer } from "node:buffer";
import { join } from "@std/path";
import { create } from "tar";
import { silent } from "../../../lib/base/progress.ts";
import { tarTree } from "../../../lib/datasets/trees/tar.ts";
import { inFolder, saying, textsOf } from "./files.ts";
import { makeTar, paxHeader, tarMember } from "./make_tar.ts";

const withTar = (archive: Uint8Array, test: (path: string) => Promise<void>) =>
  inFolder({ "a.tar": archive }, (folder) => test(join(folder, "a.tar")));

/** The texts in an archive, and what was left out. */
async function contentOf(archive: Uint8Array) {
  let found;
  await withTar(archive, async (path) => {
    const tree = await tarTree(path, silent);
    found = { texts: await textsOf(tree), skipped: tree.skipped };
    tree.close();
  });
  return found;
}

const refused = (archive: Uint8Array, pattern: RegExp) =>
  withTar(archive, (path) => rejects(tarTree(path, silent), saying(pattern)));

const long = `train/${"very/".repeat(60)}long.jpg`; // 314 bytes: no room in the header

Deno.test("tar: members are read in place, by name", async () => {
  const archive = makeTar(
    tarMember("./", "", { type: "Directory" }),
    tarMember("./b/2.txt", "two".repeat(1000)),
    tarMember("a/1.txt", "one"),
    tarMember("b/old", "old", { type: "OldFile" }),
    tarMember("empty"),
  );
  deepStrictEqual(await contentOf(archive), {
    texts: { "a/1.txt": "one", "b/2.txt": "two".repeat(1000), "b/old": "old", empty: "" },
    skipped: [],
  });
});

Deno.test("tar: an archive by node-tar, with pax names", async () => {
  const files = {
    "cat/1.jpg": "x".repeat(512),
    "dog/2.jpg": "",
    "zwölf/3.jpg": "3",
    [long]: "long",
  };
  await inFolder(files, async (folder) => {
    const file = join(folder, "..", `${crypto.randomUUID()}.tar`);
    try {
      await create({ file, cwd: folder }, ["."]);
      const tree = await tarTree(file, silent);
      deepStrictEqual(await textsOf(tree), files);
      tree.close();
    } finally {
      await Deno.remove(file);
    }
  });
});

Deno.test("tar: GNU's long names and pax names and sizes", async () => {
  const gnu = tarMember("././@LongLink", `${long}\0`, { type: "NextFileHasLongPath" });
  const archive = makeTar(
    gnu,
    tarMember(long.slice(0, 99), "gnu"),
    paxHeader({ path: "pax/ü.jpg", size: 3 }),
    tarMember("short", "pax", { size: 0 }), // the header's own size counts for nothing
    tarMember("next", "of its own name"),
  );
  deepStrictEqual(await contentOf(archive), {
    texts: { [long]: "gnu", "pax/ü.jpg": "pax", next: "of its own name" },
    skipped: [],
  });
});

Deno.test("tar: a pax header is about the next file, not about a header between", async () => {
  const archive = makeTar(
    paxHeader({ size: 3 }),
    tarMember("././@LongLink", `${long}\0`, { type: "NextFileHasLongPath" }),
    tarMember("x", "abc"),
    tarMember("y", "y"),
  );
  deepStrictEqual(await contentOf(archive), { texts: { [long]: "abc", y: "y" }, skipped: [] });
});

Deno.test("tar: members above 8 GiB, whose size is in base 256", async () => {
  await inFolder({}, async (folder) => {
    const path = join(folder, "large.tar"), size = 9 * 2 ** 30;
    using file = await Deno.open(path, { write: true, create: true });
    await file.write(tarMember("large", "", { size })); // the file system keeps no zeros
    await file.seek(512 + size, Deno.SeekMode.Start);
    await file.write(makeTar(tarMember("behind", "it")));
    const tree = await tarTree(path, silent);
    deepStrictEqual(tree.names, ["behind", "large"]);
    strictEqual(tree.size(1), size);
    strictEqual(new TextDecoder().decode(await tree.read(0)), "it");
    tree.close();
  });
});

Deno.test("tar: archives in the archive are folders, one level deep", async () => {
  const innermost = makeTar(tarMember("deep", "x"));
  const inner = makeTar(tarMember("n01_1.JPEG", "1"), tarMember("x.tar", innermost));
  const archive = makeTar(
    tarMember("n01.tar", inner),
    tarMember("train/n02.TAR", makeTar(tarMember("n02_1.JPEG", "2"))),
    tarMember("n01/z.JPEG", "beside"),
  );
  await withTar(archive, async (path) => {
    const tree = await tarTree(path, silent);
    const texts = await textsOf(tree);
    const { "n01/x.tar": kept, ...others } = texts;
    ok(kept.startsWith("deep\0"));
    const files = { "n01/n01_1.JPEG": "1", "n01/z.JPEG": "beside", "train/n02/n02_1.JPEG": "2" };
    deepStrictEqual(others, files);
    tree.close();
  });
});

Deno.test("tar: what cannot be used is skipped, with a reason", async () => {
  const sparse = Buffer.from("22 GNU.sparse.major=1\n"); // as GNU tar writes with --sparse
  const archive = makeTar(
    tarMember("a", "first"),
    tarMember("./a", "second"),
    tarMember("hard", "", { type: "Link", size: 1000 }), // the other's size: nothing follows
    tarMember("soft", "", { type: "SymbolicLink" }),
    tarMember("tty", "", { type: "CharacterDevice" }),
    tarMember("old sparse", "x", { type: "SparseFile" }),
    tarMember("PaxHeader/x", sparse, { type: "ExtendedHeader" }),
    tarMember("new sparse", "x"),
    tarMember("._a", "x"),
    tarMember(".git/config", "x"),
    tarMember(".git/index", "x"),
    latin1("caf\xe9.jpg"),
    tarMember("b", "last"),
  );
  deepStrictEqual(await contentOf(archive), {
    texts: { a: "first", b: "last" },
    skipped: [
      { name: "._a", reason: "hidden" },
      { name: ".git", reason: "hidden" },
      { name: "a", reason: "an earlier member has this name" },
      { name: "caf\uFFFD.jpg", reason: "its name is no UTF-8: rename it" },
      { name: "hard", reason: "a hard link: pack the archive with --hard-dereference" },
      { name: "new sparse", reason: "a sparse file: pack the archive without --sparse" },
      { name: "old sparse", reason: "a sparse file: pack the archive without --sparse" },
      { name: "soft", reason: "a symbolic link: pack the archive with --dereference" },
      { name: "tty", reason: "no file, but of tar's type CharacterDevice" },
    ],
  });
});

/** An empty member of a name in Latin-1. */
function latin1(name: string): Buffer {
  const block = tarMember("x".repeat(name.length));
  block.write(name, 0, "latin1");
  block.fill(" ", 148, 156);
  const sum = block.reduce((sum, byte) => sum + byte, 0);
  block.write(sum.toString(8).padStart(6, "0") + "\0 ", 148, "latin1");
  return block;
}

Deno.test("tar: a name that leads out of the folder refuses the archive", async () => {
  const message = /a\.tar has a member named .* not to be trusted/;
  for (const name of ["../up", "a/../../up", "/etc/passwd", "C:/x", "a\\..\\x"]) {
    await refused(makeTar(tarMember("fine", "x"), tarMember(name, "x")), message);
    await refused(makeTar(paxHeader({ path: name }), tarMember("fine", "x")), message);
    await refused(makeTar(tarMember("n.tar", makeTar(tarMember(name, "x")))), message);
  }
});

Deno.test("tar: joined archives are read to their end", async () => {
  const joined = Buffer.concat([makeTar(tarMember("a", "1")), makeTar(tarMember("b", "2"))]);
  deepStrictEqual(await contentOf(joined), { texts: { a: "1", b: "2" }, skipped: [] });
});

Deno.test("tar: an archive that is cut short, wherever, is a problem", async () => {
  const archive = makeTar(tarMember("a", "x".repeat(1000)), tarMember("b", "y"));
  const cut = /a\.tar is cut short: it ends after byte \d+, in a member: fetch it again/;
  for (const bytes of [600, 1024, 1536, 1537, 2048, 2100, 2560]) {
    await refused(archive.subarray(0, bytes), cut);
  }
  const inner = tarMember("n.tar", archive.subarray(0, 1536));
  await refused(makeTar(inner), /a\.tar: n\.tar is cut short: it ends after byte 2048/);
  const outer = makeTar(inner).subarray(0, 1024);
  await refused(outer, /a\.tar: n\.tar is cut short/);
});

Deno.test("tar: damage is a problem that tells where", async () => {
  const archive = makeTar(tarMember("a", "x"), tarMember("b", "y"));
  archive[1024 + 5] ^= 1;
  await refused(
    archive,
    /a\.tar is damaged at byte 1024, where .* header should be: fetch it again/,
  );
  const negative = makeTar(tarMember("a", "x"), tarMember("b", "y"));
  negative.fill(0xc0, 1024 + 124, 1024 + 136); // a number of no kind
  await refused(negative, /a\.tar is damaged at byte 1024/);
  const greedy = makeTar(tarMember("x", new Uint8Array(3e6), { type: "ExtendedHeader" }));
  await refused(greedy, /a\.tar is no tar archive/);
  for (const nonsense of ["no archive", "x".repeat(5000)]) {
    await refused(Buffer.from(nonsense), /a\.tar is no tar archive: its first header is none/);
  }
  await inFolder(
    {},
    (folder) =>
      rejects(
        tarTree(join(folder, "none.tar"), silent),
        saying(/none\.tar cannot be read \(ENOENT\)/),
      ),
  );
});

Deno.test("tar: listing a large archive tells how far it is", async () => {
  const members = Array.from({ length: 25_000 }, (_, i) => tarMember(`c/${i}`));
  await withTar(makeTar(...members), async (path) => {
    const told: number[][] = [];
    const tree = await tarTree(path, (done, total) => void told.push([done, total]));
    deepStrictEqual(told, [[5, 13], [10, 13], [13, 13]]);
    strictEqual(tree.names.length, 25_000);
    tree.close();
  });
});

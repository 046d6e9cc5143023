import { deepStrictEqual, notStrictEqual, ok, rejects, strictEqual } from "node:assert/strict";
import { Buffer } from "node:buffer";
import { gzipSync } from "node:zlib";
import { join } from "@std/path";
import { silent } from "../../../lib/base/progress.ts";
import { gunzipped } from "../../../lib/datasets/trees/gunzip.ts";
import { inFolder, saying } from "./files.ts";

/** Three megabytes that do not shrink. */
function noise(): Buffer {
  const bytes = Buffer.alloc(3_000_000);
  for (let i = 0, x = 1; i < bytes.length; i++) {
    bytes[i] = (x = Math.imul(x, 1103515245) + 12345) >>> 16;
  }
  return bytes;
}

const filesIn = async (folder: string) =>
  (await Array.fromAsync(Deno.readDir(folder))).map(({ name }) => name).sort();

Deno.test("gunzip: unpacks once, and tells how far it is", async () => {
  const content = noise();
  await inFolder({ "a.tar.gz": gzipSync(content) }, async (folder) => {
    const told: number[][] = [], scratch = join(folder, "scratch/deep");
    const progress = (done: number, total: number) => void told.push([done, total]);
    const path = await gunzipped(join(folder, "a.tar.gz"), scratch, progress);
    ok((await Deno.readFile(path)).every((byte, i) => byte === content[i]));
    ok(/scratch.deep.a-[0-9a-f]{16}\.tar$/.test(path), path);
    deepStrictEqual(await filesIn(scratch), [path.slice(scratch.length + 1)]);
    deepStrictEqual(told.at(-1), [told[0][1], told[0][1]]);
    ok(told.length > 3 && told.every(([done], i) => i === 0 || done >= told[i - 1][0]));

    const { mtime } = await Deno.stat(path), silence = told.length;
    strictEqual(await gunzipped(join(folder, "a.tar.gz"), scratch, progress), path);
    deepStrictEqual((await Deno.stat(path)).mtime, mtime);
    strictEqual(told.length, silence);
  });
});

Deno.test("gunzip: another archive of the same name is unpacked anew", async () => {
  await inFolder({ "a.tgz": gzipSync("one") }, async (folder) => {
    const path = join(folder, "a.tgz");
    const first = await gunzipped(path, folder, silent);
    await Deno.writeFile(path, gzipSync("another"));
    const second = await gunzipped(path, folder, silent);
    notStrictEqual(first, second);
    strictEqual(await Deno.readTextFile(second), "another");
    await Deno.utime(path, 1, 1);
    notStrictEqual(await gunzipped(path, folder, silent), second);
  });
});

Deno.test("gunzip: several gzip members in a file are one content", async () => {
  const file = Buffer.concat([gzipSync("one,"), gzipSync("two")]);
  await inFolder({ "a.gz": file }, async (folder) => {
    const path = await gunzipped(join(folder, "a.gz"), folder, silent);
    strictEqual(await Deno.readTextFile(path), "one,two");
  });
});

Deno.test("gunzip: a bomb is stopped on its way, and leaves nothing", async () => {
  const bomb = gzipSync(new Uint8Array(20_000_000));
  await inFolder({ "a.tar.gz": bomb }, async (folder) => {
    const scratch = join(folder, "scratch");
    const unpacks = /a\.tar\.gz unpacks to more than 100 times its \d+ bytes: a zip bomb/;
    await rejects(gunzipped(join(folder, "a.tar.gz"), scratch, silent), saying(unpacks));
    deepStrictEqual(await filesIn(scratch), []);
  });
});

Deno.test("gunzip: what is cut short or damaged leaves nothing", async () => {
  const whole = gzipSync(noise());
  const damaged = Buffer.from(whole);
  damaged[damaged.length - 6] ^= 1; // the checksum
  for (
    const file of [whole.subarray(0, -9), whole.subarray(0, 100), damaged, Buffer.from("no gzip")]
  ) {
    await inFolder({ "a.tar.gz": file }, async (folder) => {
      const scratch = join(folder, "scratch");
      const problem = saying(/a\.tar\.gz is no whole gzip file \(.*\): fetch it again/);
      await rejects(gunzipped(join(folder, "a.tar.gz"), scratch, silent), problem);
      deepStrictEqual(await filesIn(scratch), []);
    });
  }
});

Deno.test("gunzip: a scratch folder that cannot be written to", async () => {
  await inFolder({ "a.gz": gzipSync("x"), "file": "" }, async (folder) => {
    const problem = saying(/a\.gz cannot be unpacked into .*file \(.*\): make space there/);
    await rejects(gunzipped(join(folder, "a.gz"), join(folder, "file"), silent), problem);
    await rejects(gunzipped(join(folder, "b.gz"), folder, silent), saying(/b\.gz cannot be read/));
  });
});

import { deepStrictEqual, ok, rejects, strictEqual, throws } from "node:assert/strict";
import { deflateRawSync } from "node:zlib";
import { join } from "@std/path";
import { closeFile, readLocation, readPart } from "../../../lib/datasets/trees/ranges.ts";
import { bytesOf, inFolder, saying } from "./files.ts";

const text = async (bytes: Promise<Uint8Array>) => new TextDecoder().decode(await bytes);

/** Files of this process that are open in a folder. */
function openIn(folder: string): number {
  const open = [...Deno.readDirSync("/proc/self/fd")].map(({ name }) => {
    try {
      return Deno.readLinkSync(`/proc/self/fd/${name}`);
    } catch {
      return ""; // the listing itself
    }
  });
  return open.filter((path) => path.startsWith(folder)).length;
}

Deno.test("ranges: whole, stored and deflated content, and parts of it", async () => {
  const squeezed = deflateRawSync("deflated");
  await inFolder({ "a.bin": bytesOf("0123456789"), "a.zip": squeezed }, async (folder) => {
    const path = join(folder, "a.bin"), stored = { path, stored: 4, size: 4, deflated: false };
    strictEqual(await text(readLocation({ ...stored, offset: 3 })), "3456");
    strictEqual(await text(readPart({ ...stored, offset: 3 }, 1, 2)), "45");
    strictEqual(await text(readPart({ ...stored, offset: 3 }, 4, 0)), "");
    const deflated = { path: join(folder, "a.zip"), offset: 0, deflated: true };
    const whole = { ...deflated, stored: squeezed.length, size: 8 };
    strictEqual(await text(readLocation(whole)), "deflated");
    throws(() => readPart(whole, 0, 1), /no bytes 0 \+ 1 of 8 deflated bytes/);
    for (const [offset, length] of [[3, 2], [-1, 1], [0, -1], [NaN, 1]]) {
      throws(() => readPart({ ...stored, offset: 3 }, offset, length), RangeError);
    }
    closeFile(path);
  });
});

Deno.test("ranges: what ends too early, or inflates to something else, is a problem", async () => {
  const squeezed = deflateRawSync("x".repeat(5000));
  await inFolder({ "a.zip": squeezed }, async (folder) => {
    const at = { path: join(folder, "a.zip"), offset: 0, stored: squeezed.length, deflated: true };
    const read = (other: object) => readLocation({ ...at, size: 5000, ...other }, "cat/1.jpg");
    strictEqual((await read({})).length, 5000);
    for (const size of [0, 10, 4999, 5001]) {
      await rejects(
        read({ size }),
        saying(/a\.zip: cat\/1\.jpg does not inflate to the \d+ bytes/),
      );
    }
    await rejects(read({ stored: squeezed.length - 1 }), saying(/does not inflate/));
    await rejects(
      read({ offset: 1, deflated: false }),
      saying(/a\.zip ends before byte \d+: fetch/),
    );
    await rejects(read({ path: join(folder, "gone") }), saying(/gone cannot be read \(ENOENT\)/));
    closeFile(at.path);
  });
});

Deno.test("ranges: many reads of one archive at a time do not mix", async () => {
  const numbers = Uint32Array.from({ length: 100_000 }, (_, i) => i);
  await inFolder({ "a.bin": new Uint8Array(numbers.buffer) }, async (folder) => {
    const path = join(folder, "a.bin");
    const starts = Array.from({ length: 500 }, (_, i) => 4 * (7919 * i % 99_000 + 1));
    const parts = await Promise.all(
      starts.map((offset) =>
        readLocation({ path, offset, stored: 400, size: 400, deflated: false })
      ),
    );
    const found = parts.map((part) => [...new Uint32Array(part.buffer)]);
    deepStrictEqual(found, starts.map((at) => [...numbers.subarray(at / 4, at / 4 + 100)]));
    closeFile(path);
  });
});

/** Waits until at most so many files are open: a thread that has read one may be about to close it. */
async function openFiles(folder: string, count: number): Promise<void> {
  for (let tries = 0; openIn(folder) > count && tries < 500; tries++) {
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  ok(openIn(folder) <= count, `${openIn(folder)} files are open`);
}

Deno.test({
  name: "ranges: archives stay open, but not many; files of their own do not",
  ignore: Deno.build.os !== "linux", // which lists a process's open files
  async fn() {
    const names = Array.from({ length: 40 }, (_, i) => `${i}.tar`);
    await inFolder(Object.fromEntries(names.map((name) => [name, name])), async (folder) => {
      const at = (name: string, offset: number) => ({
        ...{ path: join(folder, name), offset, stored: 2, size: 2, deflated: false },
      });
      await Promise.all(names.map((name) => readLocation(at(name, 0))));
      await openFiles(folder, 0);
      const parts = await Promise.all(names.map((name) => text(readLocation(at(name, 1)))));
      deepStrictEqual(parts, names.map((name) => name.slice(1, 3)));
      await openFiles(folder, 16);
      const reading = readLocation(at("39.tar", 1));
      names.forEach((name) => closeFile(join(folder, name)));
      await openFiles(folder, 1); // the one that is being read, or was
      strictEqual(await text(reading), "9.");
      await openFiles(folder, 0);
    });
  },
});

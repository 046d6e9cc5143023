/** Takes the libraries out of a wheel, which is a zip archive. */
import { createHash } from "node:crypto";
import { join } from "@std/path";
import * as yauzl from "yauzl";
import { Problem } from "../base/problem.ts";
import type { Progress } from "../base/progress.ts";
import type { Pinned, Wheel } from "./wheels.ts";

/** What is used of yauzl, which comes without types. */
interface Zip {
  eachEntry(): AsyncIterable<Entry>;
  openReadStreamPromise(entry: Entry): Promise<AsyncIterable<Uint8Array>>;
  close(): void;
}
type Entry = { fileName: string; uncompressedSize: number };

/**
 * Writes the wheel's pinned libraries into a folder. No other member is touched, and no more is
 * written than the pinned size.
 *
 * @throws {Problem} where a library is missing or is not the pinned one
 */
export async function unpackLibraries(
  path: string,
  wheel: Wheel,
  folder: string,
  progress: Progress,
): Promise<void> {
  const zip: Zip = await yauzl.openPromise(path, { autoClose: false });
  const missing = new Map(
    wheel.libraries.map((library) => [`tensorflow/${library.name}`, library]),
  );
  const total = wheel.libraries.reduce((sum, { bytes }) => sum + bytes, 0);
  let done = 0;
  const count = (bytes: number) => {
    done += bytes;
    progress(Math.floor(done / 1e6) + (done === total ? 1 : 0), Math.floor(total / 1e6) + 1, "MB");
  };
  try {
    for await (const entry of zip.eachEntry()) {
      const library = missing.get(entry.fileName);
      if (!library) continue;
      if (entry.uncompressedSize !== library.bytes) throw wrong(library, "size");
      const content = await zip.openReadStreamPromise(entry);
      await writeVerified(content, library, join(folder, library.name), count);
      missing.delete(entry.fileName);
      if (missing.size === 0) return;
    }
  } finally {
    zip.close();
  }
  throw new Problem(`${wheel.requirement} holds no ${[...missing.keys()].join(" and no ")}`);
}

/** yauzl ends the content with an error where it is longer than the size that was checked. */
async function writeVerified(
  content: AsyncIterable<Uint8Array>,
  library: Pinned,
  path: string,
  count: (bytes: number) => void,
): Promise<void> {
  const hash = createHash("sha256");
  using file = await Deno.open(path, { write: true, createNew: true });
  for await (const chunk of content) {
    hash.update(chunk);
    for (let sent = 0; sent < chunk.length;) sent += await file.write(chunk.subarray(sent));
    count(chunk.length);
  }
  if (hash.digest("hex") !== library.sha256) throw wrong(library, "content");
  await file.sync(); // on disk before the folder gets its name
}

function wrong(library: Pinned, what: "size" | "content"): Problem {
  return new Problem(
    `${library.name} in the wheel has not the pinned ${what}: nothing was installed; try again`,
  );
}

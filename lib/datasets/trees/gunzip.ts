/** A .tar.gz can only be read from its beginning: it is unpacked once, to a tar. */
import { createReadStream, createWriteStream } from "node:fs";
import { pipeline } from "node:stream/promises";
import { createGunzip } from "node:zlib";
import { basename, join, resolve } from "@std/path";
import { exists } from "../../base/files.ts";
import { keyOf } from "../../base/hash.ts";
import { messageOf, Problem } from "../../base/problem.ts";
import type { Progress } from "../../base/progress.ts";
import { isBomb, MAX_RATIO } from "./limits.ts";
import { cannotRead } from "./ranges.ts";

/**
 * Unpacks a gzip file into a folder, in constant memory, and returns the path of what came out.
 * What was unpacked from the same file before (by path, size and time) is used again.
 *
 * @param progress told of the compressed bytes read, in MB
 * @throws {Problem} for a file that is no whole gzip file, unpacks to more than {@link MAX_RATIO}
 *   times its size, or finds no space
 */
export async function gunzipped(
  path: string,
  folder: string,
  progress: Progress,
): Promise<string> {
  const { size, mtime } = await Deno.stat(path).catch((error) => {
    throw cannotRead(path, error);
  });
  const key = keyOf({ path: resolve(path), size, mtime: mtime?.getTime() ?? 0 }).slice(0, 16);
  const stem = basename(path).replace(/\.(tgz|tar\.gz|gz)$/i, "");
  const target = join(folder, `${stem}-${key}.tar`);
  if (await exists(target)) return target;
  const part = `${target}.${Deno.pid}.${crypto.randomUUID().slice(0, 8)}.part`;
  try {
    await Deno.mkdir(folder, { recursive: true });
    await inflate(path, size, part, progress);
    await Deno.rename(part, target);
    return target;
  } catch (error) {
    await Deno.remove(part).catch(() => {});
    throw error instanceof Problem ? error : failure(path, folder, error);
  }
}

async function inflate(
  path: string,
  size: number,
  part: string,
  progress: Progress,
): Promise<void> {
  let read = 0, written = 0;
  async function* counted(chunks: AsyncIterable<Uint8Array>) {
    for await (const chunk of chunks) {
      read += chunk.length;
      progress(Math.floor(read / 1e6), Math.ceil(size / 1e6), "MB unpacked");
      yield chunk;
    }
  }
  async function* limited(chunks: AsyncIterable<Uint8Array>) {
    for await (const chunk of chunks) {
      if (isBomb(written += chunk.length, size)) {
        throw new Problem(
          `${path} unpacks to more than ${MAX_RATIO} times its ${size} bytes: a zip bomb; if ` +
            "not, unpack it",
        );
      }
      yield chunk;
    }
  }
  const out = createWriteStream(part, { flags: "wx" });
  await pipeline(createReadStream(path), counted, createGunzip(), limited, out);
  progress(Math.ceil(size / 1e6), Math.ceil(size / 1e6), "MB unpacked");
}

function failure(path: string, folder: string, error: unknown): Problem {
  const { code = "" } = error as { code?: string };
  return code.startsWith("Z_")
    ? new Problem(`${path} is no whole gzip file (${messageOf(error)}): fetch it again`)
    : new Problem(
      `${path} cannot be unpacked into ${folder} (${messageOf(error)}): make space there`,
    );
}

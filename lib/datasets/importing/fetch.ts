/** Fetches a file, going on where a broken download stopped, and checks what came. */
import { createHash } from "node:crypto";
import { basename, dirname } from "@std/path";
import { exists, writeAll } from "../../base/files.ts";
import { messageOf, Problem } from "../../base/problem.ts";
import { type Progress, silent } from "../../base/progress.ts";
import type { Home } from "./homes.ts";

/**
 * Fetches a file to a path, unless it is there already; it is checked in either case. What has come
 * of it lies beside it, in `path.part`, and with it the version (`path.part.etag`) that the rest must
 * be of: another start asks for the rest only.
 *
 * @throws {Problem} where the server refuses, the connection breaks (what came is kept), or the
 *   file is not the one that is known (it is removed)
 */
export async function fetchFile(
  home: Home,
  path: string,
  { progress = silent, signal }: { progress?: Progress; signal?: AbortSignal } = {},
): Promise<void> {
  if (await exists(path)) return await verify(home, path);
  await Deno.mkdir(dirname(path), { recursive: true });
  const part = `${path}.part`;
  try {
    await transfer(home.url, part, progress, signal);
  } catch (error) {
    if (error instanceof Problem) throw error;
    const { size } = await Deno.stat(part).catch(() => ({ size: 0 }));
    throw new Problem(
      `${home.url} broke off after ${megabytes(size)} MB (${messageOf(error)}): ` +
        "run the command again, it goes on from there",
    );
  }
  await verify(home, part);
  await Deno.rename(part, path);
  await Deno.remove(`${part}.etag`).catch(() => {});
}

const megabytes = (bytes: number) => Math.floor(bytes / 1e6);

async function transfer(
  url: string,
  part: string,
  progress: Progress,
  signal?: AbortSignal,
): Promise<void> {
  const { size: have } = await Deno.stat(part).catch(() => ({ size: 0 }));
  const etag = await Deno.readTextFile(`${part}.etag`).catch(() => "");
  const going = have > 0 && etag !== ""; // without a version nothing proves that the rest fits
  const headers: HeadersInit = going ? { range: `bytes=${have}-`, "if-range": etag } : {};
  const response = await fetch(url, { headers, signal });
  if (response.status === 416) { // nothing is left, or the file is another now: begin anew
    await response.body?.cancel();
    if (response.headers.get("content-range") === `bytes */${have}`) return;
    await Deno.remove(part);
    return await transfer(url, part, progress, signal);
  }
  if (!response.ok || !response.body) {
    await response.body?.cancel();
    throw new Problem(`${url}: the server says ${response.status} ${response.statusText}`);
  }
  const resumed = response.status === 206;
  let done = resumed ? have : 0;
  const total = done + Number(response.headers.get("content-length") ?? 0);
  const version = response.headers.get("etag") ?? response.headers.get("last-modified") ?? "";
  const strong = version.startsWith("W/") ? "" : version;
  // An old part never stands beside a new version, whenever this is killed.
  if (!resumed) await Deno.remove(part).catch(() => {});
  await Deno.writeTextFile(`${part}.etag`, strong);
  using file = await Deno.open(part, { append: true, create: true });
  for await (const chunk of response.body) {
    await writeAll(file, chunk);
    done += chunk.length;
    progress(megabytes(done), Math.max(megabytes(total), megabytes(done)), "MB");
  }
  if (total > 0 && done < total) throw new Error(`${done} of ${total} bytes came`);
}

async function verify({ url, bytes, sha256 }: Home, path: string): Promise<void> {
  const { size } = await Deno.stat(path);
  const wrong = bytes !== undefined && size !== bytes
    ? `it has ${size} bytes, not ${bytes}`
    : sha256 !== undefined && await sha256Of(path) !== sha256
    ? "its SHA-256 is another"
    : undefined;
  if (!wrong) return;
  await Deno.remove(path);
  await Deno.remove(`${path}.etag`).catch(() => {});
  throw new Problem(
    `${url} is not the file that is known (${wrong}); it was removed: fetch it again, or ` +
      "import a copy of your own with --archive",
  );
}

/** SHA-256 of a file, in hex; read piece by piece. */
export async function sha256Of(path: string, progress: Progress = silent): Promise<string> {
  const hash = createHash("sha256");
  using file = await Deno.open(path);
  const { size } = await file.stat();
  const buffer = new Uint8Array(2 ** 20);
  const total = Math.ceil(size / 1e6);
  let done = 0;
  for (let n = await file.read(buffer); n !== null; n = await file.read(buffer)) {
    hash.update(buffer.subarray(0, n));
    done += n;
    progress(done === size ? total : megabytes(done), total, `MB of ${basename(path)}`);
  }
  return hash.digest("hex");
}

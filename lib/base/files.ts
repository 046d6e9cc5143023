/** Where files go, and how they are written so that a kill at any moment leaves a whole file. */
import { dirname, join } from "@std/path";

/** The checkout that this library is part of. */
export const checkout: string = dirname(dirname(import.meta.dirname!));

/**
 * The folder for what can be made again, e.g. `~/.cache/semantic-pairs` (XDG on Linux).
 */
export function cacheDirectory(...names: string[]): string {
  const home = Deno.env.get("HOME") ?? Deno.env.get("USERPROFILE") ?? ".";
  const base = Deno.env.get("XDG_CACHE_HOME") || {
    darwin: join(home, "Library", "Caches"),
    windows: Deno.env.get("LOCALAPPDATA") ?? join(home, "AppData", "Local"),
  }[Deno.build.os as string] || join(home, ".cache");
  return join(base, "semantic-pairs", ...names);
}

/** Writes a whole file or nothing: to a temporary name beside it, then renamed. */
export async function writeAtomic(path: string, content: string | Uint8Array): Promise<void> {
  await Deno.mkdir(dirname(path), { recursive: true });
  const part = `${path}.${Deno.pid}.${crypto.randomUUID().slice(0, 8)}.part`;
  try {
    if (typeof content === "string") await Deno.writeTextFile(part, content);
    else await Deno.writeFile(part, content);
    await Deno.rename(part, path);
  } catch (error) {
    await Deno.remove(part).catch(() => {});
    throw error;
  }
}

/** Writes all of the bytes where an open file stands: one call may write a part of them. */
export async function writeAll(file: Deno.FsFile, bytes: Uint8Array): Promise<void> {
  for (let sent = 0; sent < bytes.length;) sent += await file.write(bytes.subarray(sent));
}

/** Whether a path exists. */
export async function exists(path: string): Promise<boolean> {
  return await Deno.stat(path).then(() => true, () => false);
}

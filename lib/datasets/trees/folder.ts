/** A folder of files, with all folders in it. */
import { join, resolve, sep } from "@std/path";
import { Problem } from "../../base/problem.ts";
import type { FileTree, Skipped } from "./file_tree.ts";
import { inOrder, isHidden, NO_UTF8 } from "./names.ts";
import { cannotRead, readLocation } from "./ranges.ts";

/**
 * Lists a folder. Links to files and folders are followed, but for those that lead in a circle.
 * Nothing is opened: sizes are looked up on demand.
 *
 * @throws {Problem} for a path that is no folder, or that cannot be read
 */
export async function folderTree(path: string): Promise<FileTree> {
  const root = resolve(path), names: string[] = [], skipped: Skipped[] = [];
  await walk({ root, names, skipped }, "", []).catch((error) => {
    if (error instanceof Deno.errors.NotADirectory) throw new Problem(`${path} is no folder`);
    throw cannotRead(path, error);
  });
  const size = (i: number) => {
    const file = join(root, names[i]);
    try {
      return Deno.statSync(file).size;
    } catch (error) {
      throw cannotRead(file, error);
    }
  };
  const locate = (i: number) => {
    const bytes = size(i);
    const at = { path: join(root, names[i]), offset: 0, stored: bytes, size: bytes };
    return { ...at, deflated: false };
  };
  return {
    path,
    names,
    skipped: inOrder(skipped),
    size,
    read: async (i) => await readLocation(locate(i)),
    locate: async (i) => await locate(i),
    close() {},
  };
}

interface Notes {
  root: string;
  names: string[];
  skipped: Skipped[];
}

/**
 * Notes what is in a folder, so that the names come in their order: a folder counts as its name and
 * "/". Entries are listed synchronously, which is three times as quick.
 *
 * @param prefix what its files' names begin with: "" or, e.g., `train/cat/`
 * @param holders the folders that it was reached through, links resolved
 */
async function walk(notes: Notes, prefix: string, holders: readonly string[]): Promise<void> {
  const path = join(notes.root, prefix);
  const within = [...holders, await Deno.realPath(path)];
  const found: string[] = [];
  for (const entry of Deno.readDirSync(path)) {
    const kind = kindOf(path, entry, within);
    if (kind === "file") found.push(entry.name);
    else if (kind === "folder") found.push(entry.name + "/");
    else notes.skipped.push({ name: prefix + entry.name, reason: kind });
  }
  if (found.length === 0 && prefix) {
    notes.skipped.push({ name: prefix.slice(0, -1), reason: "an empty folder" });
  }
  for (const name of found.sort()) {
    if (!name.endsWith("/")) notes.names.push([prefix, name].join("")); // flat, unlike a sum
    else {
      await walk(notes, prefix + name, within).catch(() => {
        const reason = "a folder that cannot be read";
        notes.skipped.push({ name: prefix + name.slice(0, -1), reason });
      });
    }
  }
}

/** "file", "folder", or the reason why an entry is neither. */
function kindOf(folder: string, entry: Deno.DirEntry, holders: readonly string[]): string {
  if (isHidden(entry.name)) return "hidden";
  // Deno puts U+FFFD where a name is no UTF-8, and finds no file of that name then.
  if (entry.name.includes("\uFFFD") && !exists(join(folder, entry.name))) return NO_UTF8;
  if (entry.isFile) return "file";
  if (entry.isDirectory) return "folder";
  return entry.isSymlink ? kindOfTarget(join(folder, entry.name), holders) : NEITHER;
}

const NEITHER = "neither a file nor a folder";

function kindOfTarget(link: string, holders: readonly string[]): string {
  try {
    const target = Deno.realPathSync(link);
    const { isFile, isDirectory } = Deno.statSync(target);
    if (isFile) return "file";
    if (!isDirectory) return NEITHER;
    const holds = (holder: string) => join(holder, sep).startsWith(join(target, sep));
    return holders.some(holds) ? "a link to a folder that holds it" : "folder";
  } catch {
    return "a link that leads nowhere";
  }
}

function exists(path: string): boolean {
  try {
    Deno.lstatSync(path);
    return true;
  } catch {
    return false;
  }
}

/** A tar archive, read as it is. */
import { closeSync, fstatSync, openSync } from "node:fs";
import { resolve } from "@std/path";
import { nextTurn, type Progress } from "../../base/progress.ts";
import type { FileTree, Skipped } from "./file_tree.ts";
import { sortMembers } from "./members.ts";
import { hiddenPart, inOrder, memberName, NAMED_TWICE, NO_UTF8 } from "./names.ts";
import { readAhead, type ReadAt } from "./read_ahead.ts";
import { cannotRead, closeFile, readLocation } from "./ranges.ts";
import { type TarMember, tarMembers } from "./tar_headers.ts";

/**
 * Lists a tar archive by its headers, one small read a member, and reads members where they lie.
 * A member that is a tar archive itself stands for a folder: of `n01440764.tar`, as in ImageNet's
 * training images, comes `n01440764/n01440764_10026.JPEG`. An archive in that one is a plain file.
 *
 * @param progress told of the bytes passed, in MB
 * @param unpacked where the archive itself lies, if it was compressed
 * @throws {Problem} for a file that is no tar archive, is damaged or cut short, or has a member
 *   whose name leads out of its folder
 */
export async function tarTree(
  path: string,
  progress: Progress,
  unpacked: string = path,
): Promise<FileTree> {
  const file = resolve(unpacked);
  const { names, columns: { offset, size }, skipped } = await list(path, file, progress);
  const locate = (i: number) => ({
    path: file,
    offset: offset[i],
    stored: size[i],
    size: size[i],
    deflated: false,
  });
  return {
    path,
    names,
    skipped,
    size: (i) => size[i],
    locate: async (i) => await locate(i),
    read: async (i) => await readLocation(locate(i), names[i]),
    close: () => closeFile(file),
  };
}

/** What is noted while an archive is walked. */
interface Notes {
  path: string;
  read: ReadAt;
  names: string[];
  columns: Record<"offset" | "size", number[]>;
  skipped: Skipped[];
  /** Told after some members how far the walk is, in bytes. */
  passed: (offset: number) => Promise<void>;
}

async function list(path: string, file: string, progress: Progress) {
  const fd = opened(path, file);
  try {
    const bytes = fstatSync(fd).size;
    const notes: Notes = {
      path,
      read: readAhead(fd),
      names: [],
      columns: { offset: [], size: [] },
      skipped: [],
      async passed(offset) {
        progress(Math.floor(offset / 1e6), Math.ceil(bytes / 1e6), "MB listed");
        await nextTurn();
      },
    };
    await walk(notes, path, 0, bytes, "");
    const { again, ...sorted } = sortMembers(notes.names, notes.columns);
    for (const name of again) notes.skipped.push({ name, reason: NAMED_TWICE });
    progress(Math.ceil(bytes / 1e6), Math.ceil(bytes / 1e6), "MB listed");
    return { ...sorted, skipped: inOrder(notes.skipped) };
  } finally {
    closeSync(fd);
  }
}

function opened(path: string, file: string): number {
  try {
    return openSync(file, "r");
  } catch (error) {
    throw cannotRead(path, error);
  }
}

/** Notes the members between two offsets; `folder` is "" or that of an archive in the archive. */
async function walk(notes: Notes, what: string, start: number, end: number, folder: string) {
  let count = 0;
  for (const member of tarMembers(what, notes.read, start, end)) {
    if (++count % 10_000 === 0) await notes.passed(member.offset);
    const name = [folder, memberName(notes.path, member.name)].join(""); // flat: folder + … is not
    if (member.type === "Directory" || member.type === "GNUDumpDir") continue;
    const hidden = hiddenPart(name);
    const reason = hidden ? "hidden" : unusable(member);
    if (reason) {
      notes.skipped.push({ name: hidden ?? name, reason });
    } else if (!folder && /\.tar$/i.test(name)) {
      const inner = `${notes.path}: ${name}`, { offset, size } = member;
      await walk(notes, inner, offset, offset + size, name.replace(/\.tar$/i, "/"));
    } else {
      notes.names.push(name);
      notes.columns.offset.push(member.offset);
      notes.columns.size.push(member.size);
    }
  }
}

/** Why a member cannot be read, if so. */
function unusable({ type, utf8 }: TarMember): string | undefined {
  if (!utf8) return NO_UTF8;
  const known: Record<string, string | undefined> = {
    File: undefined,
    OldFile: undefined,
    ContiguousFile: undefined,
    Link: "a hard link: pack the archive with --hard-dereference",
    SymbolicLink: "a symbolic link: pack the archive with --dereference",
    SparseFile: "a sparse file: pack the archive without --sparse",
  };
  return type in known ? known[type] : `no file, but of tar's type ${type}`;
}

/** The directory of a zip archive, checked before anything is read. */
import { type Buffer, isUtf8 } from "node:buffer";
import { closeSync, fstatSync, openSync } from "node:fs";
import * as yauzl from "yauzl";
import { messageOf, Problem } from "../../base/problem.ts";
import type { Skipped } from "./file_tree.ts";
import { isBomb, MAX_RATIO } from "./limits.ts";
import { type Members, sortMembers } from "./members.ts";
import { hiddenPart, inOrder, memberName, NAMED_TWICE, NO_UTF8 } from "./names.ts";
import { readAhead, type ReadAt } from "./read_ahead.ts";
import { cannotRead } from "./ranges.ts";

/** What is used of yauzl, which comes without types. */
export interface Zip {
  eachEntry(): AsyncIterable<Entry>;
  /** Where the next entry of the directory would begin. */
  readEntryCursor: number;
  readLocalFileHeaderPromise(
    entry: Pick<Entry, "relativeOffsetOfLocalHeader" | "compressedSize">,
    options: { minimal: true },
  ): Promise<{ fileDataStart: number }>;
  close(): void;
}

interface Entry {
  generalPurposeBitFlag: number;
  compressionMethod: number;
  crc32: number;
  compressedSize: number;
  uncompressedSize: number;
  externalFileAttributes: number;
  relativeOffsetOfLocalHeader: number;
  fileNameRaw: Uint8Array;
  extraFields: unknown[];
}

const STORED = 0;

/** The one compression that is read. */
export const DEFLATED = 8;

/** What is noted of a member. */
export type ZipColumn = "header" | "stored" | "size" | "crc" | "method";

/** An open archive and its members. */
export type ZipDirectory = Pick<Members<ZipColumn>, "names" | "columns"> & {
  zip: Zip;
  skipped: Skipped[];
};

/**
 * Opens an archive and reads its directory.
 *
 * @param path for messages
 * @throws {Problem} for a file that is no whole zip archive, or one that means harm
 */
export async function zipDirectory(path: string, file: string): Promise<ZipDirectory> {
  const { read, bytes, close } = openForListing(path, file);
  let zip: Zip | undefined;
  try {
    zip = await yauzl.fromRandomAccessReaderPromise(readerFor(read, close), bytes, {
      autoClose: false,
      decodeStrings: false, // names and sizes are checked here, so that messages name the member
      validateEntrySizes: false,
    }) as Zip;
    const listed = await members(path, zip, bytes);
    if (isEntry(read(zip.readEntryCursor, 4))) {
      throw new Error("its directory has more entries than it says");
    }
    return { zip, ...listed };
  } catch (error) {
    if (zip) zip.close();
    else close();
    if (error instanceof Problem) throw error;
    throw new Problem(`${path} is no whole zip archive (${messageOf(error)}): fetch it again`);
  }
}

/** "PK\1\2": where more entries follow, as where a tool counted more than 65535 with 16 bits. */
const isEntry = (bytes: Buffer) => bytes.length === 4 && bytes.readUInt32LE(0) === 0x02014b50;

function openForListing(path: string, file: string) {
  try {
    const fd = openSync(file, "r");
    return { read: readAhead(fd), bytes: fstatSync(fd).size, close: () => closeSync(fd) };
  } catch (error) {
    throw cannotRead(path, error);
  }
}

/** yauzl reads an entry by two calls: with this, an archive of a million is listed in seconds. */
function readerFor(readAt: ReadAt, close: () => void): unknown {
  return Object.assign(new yauzl.RandomAccessReader(), {
    read(
      buffer: Uint8Array,
      offset: number,
      length: number,
      position: number,
      done: (error: unknown, got?: number) => void,
    ) {
      const bytes = readAt(position, length);
      buffer.set(bytes, offset);
      done(null, bytes.length);
    },
    close(done: () => void) {
      close();
      done();
    },
  });
}

/** What the directory lists, checked. */
async function members(path: string, zip: Zip, archiveBytes: number) {
  const names: string[] = [], skipped: Skipped[] = [];
  const columns: Record<ZipColumn, number[]> = {
    header: [],
    stored: [],
    size: [],
    crc: [],
    method: [],
  };
  let total = 0;
  for await (const entry of zip.eachEntry()) {
    const spelled: string = yauzl.getFileNameLowLevel(
      entry.generalPurposeBitFlag,
      entry.fileNameRaw,
      entry.extraFields,
      true, // backslashes are not turned into slashes
    );
    const name = memberName(path, spelled);
    if (spelled.endsWith("/")) continue; // a folder
    const hidden = hiddenPart(name);
    const reason = hidden ? "hidden" : unusable(entry, spelled);
    if (reason) {
      skipped.push({ name: hidden ?? name, reason });
      continue;
    }
    refuseBombs(path, name, entry, total += entry.uncompressedSize, archiveBytes);
    names.push(name);
    columns.header.push(entry.relativeOffsetOfLocalHeader);
    columns.stored.push(entry.compressedSize);
    columns.size.push(entry.uncompressedSize);
    columns.crc.push(entry.crc32);
    columns.method.push(entry.compressionMethod);
  }
  const { again, ...sorted } = sortMembers(names, columns);
  for (const name of again) skipped.push({ name, reason: NAMED_TWICE });
  return { ...sorted, skipped: inOrder(skipped) };
}

/** Why a member cannot be read, if so. */
function unusable(entry: Entry, spelled: string): string | undefined {
  if (spelled.includes("\uFFFD") && !isUtf8(entry.fileNameRaw)) return NO_UTF8;
  if ((entry.externalFileAttributes >>> 16 & 0o170000) === 0o120000) return "a symbolic link";
  if (entry.generalPurposeBitFlag & 1) return "encrypted: unpack the archive with its password";
  const { compressionMethod } = entry;
  if (compressionMethod !== STORED && compressionMethod !== DEFLATED) {
    return `compressed by method ${compressionMethod}, not by deflate: pack it again`;
  }
}

/** Refuses an archive before anything of it is inflated. */
function refuseBombs(
  path: string,
  name: string,
  { compressionMethod, compressedSize, uncompressedSize }: Entry,
  total: number,
  archiveBytes: number,
): void {
  if (compressionMethod === STORED && compressedSize !== uncompressedSize) {
    throw new Problem(
      `${path}: ${name} is stored as it is, yet ${compressedSize} bytes for ${uncompressedSize}: ` +
        "fetch the archive again",
    );
  }
  const alone = isBomb(uncompressedSize, compressedSize);
  if (!alone && !isBomb(total, archiveBytes)) return;
  const claim = alone
    ? `${name} has ${uncompressedSize} bytes in ${compressedSize}`
    : `up to ${name}, its files have ${total} bytes in an archive of ${archiveBytes}`;
  throw new Problem(
    `${path}: ${claim}, more than ${MAX_RATIO} times as many: a zip bomb; if not, unpack it`,
  );
}

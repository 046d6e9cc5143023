/** Reads files and parts of files where they lie; archives stay open between the reads. */
import { closeSync, openSync, read } from "node:fs";
import { promisify } from "node:util";
import { inflateRawSync } from "node:zlib";
import { Problem } from "../../base/problem.ts";
import type { Location } from "./file_tree.ts";

/** Open files at most: far below what systems allow (256 on macOS), more than most sets have. */
const MAX_OPEN = 16;

interface OpenFile {
  fd: number;
  /** Reads under way. */
  users: number;
}

/** Open archives by path, the longest unused first. */
const open = new Map<string, OpenFile>();

/**
 * The content of a file: inflated, if it lies deflated in an archive. A file of its own is closed
 * again; an archive stays open until {@link closeFile} or until many others were read.
 *
 * @param name of a member of an archive, for messages
 * @throws {Problem} where the bytes are not there, or do not inflate to what the location says
 */
export async function readLocation(
  { path, offset, stored, size, deflated }: Location,
  name = `what lies at byte ${offset}`,
): Promise<Uint8Array> {
  const bytes = await readBytes(path, offset, stored);
  if (offset === 0) closeFile(path); // the members of an archive all lie behind a header
  if (!deflated) return bytes;
  const content = inflated(bytes, size);
  if (content?.length === size) return content;
  throw new Problem(
    `${path}: ${name} does not inflate to the ${size} bytes that are due: fetch the archive again`,
  );
}

/**
 * A part of a file that is stored as it is, e.g. one image of CIFAR-10's binary batches.
 *
 * @param offset from the beginning of the file, in bytes
 * @throws {Problem} where the bytes are not there
 * @throws {RangeError} for a part that is none, or of a file that is compressed
 */
export function readPart(location: Location, offset: number, length: number): Promise<Uint8Array> {
  if (location.deflated || !(offset >= 0 && length >= 0 && offset + length <= location.size)) {
    const kind = location.deflated ? "deflated " : "";
    throw new RangeError(`no bytes ${offset} + ${length} of ${location.size} ${kind}bytes`);
  }
  return readBytes(location.path, location.offset + offset, length);
}

/** Closes a file that was read from, once nothing reads from it any more. */
export function closeFile(path: string): void {
  const file = open.get(path);
  if (!file) return;
  open.delete(path);
  if (file.users === 0) closeSync(file.fd); // else its last reader closes it
}

/** Inflating stops at the size that is due: a hostile member costs no more memory than it says. */
function inflated(bytes: Uint8Array, size: number): Uint8Array | undefined {
  try {
    const content = inflateRawSync(bytes, { maxOutputLength: Math.max(size, 1) });
    return new Uint8Array(content.buffer, content.byteOffset, content.byteLength);
  } catch {
    return undefined;
  }
}

/** So many bytes of a file, no fewer. */
async function readBytes(path: string, offset: number, length: number): Promise<Uint8Array> {
  const file = opened(path);
  file.users++;
  try {
    const bytes = new Uint8Array(length);
    for (let got = 0; got < length;) {
      const { bytesRead } = await readAsync(file.fd, bytes, got, length - got, offset + got);
      if (bytesRead === 0) {
        throw new Problem(`${path} ends before byte ${offset + length}: fetch it again`);
      }
      got += bytesRead;
    }
    return bytes;
  } finally {
    file.users--;
    if (file.users === 0 && open.get(path) !== file) closeSync(file.fd);
  }
}

const readAsync: (
  fd: number,
  buffer: Uint8Array,
  start: number,
  length: number,
  position: number,
) => Promise<{ bytesRead: number }> = promisify(read) as never;

/** The file, now the last to be closed. */
function opened(path: string): OpenFile {
  const file = open.get(path) ?? { fd: openFd(path), users: 0 };
  open.delete(path);
  open.set(path, file);
  if (open.size > MAX_OPEN) closeFile(open.keys().next().value!);
  return file;
}

function openFd(path: string): number {
  try {
    return openSync(path, "r");
  } catch (error) {
    throw cannotRead(path, error);
  }
}

/** What to say of a file that the system does not let us read. */
export function cannotRead(path: string, error: unknown): Problem {
  const { code, name } = error as { code?: string; name: string }; // e.g. EACCES
  return new Problem(`${path} cannot be read (${code ?? name}): make it readable or remove it`);
}

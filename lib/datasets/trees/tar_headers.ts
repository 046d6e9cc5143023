/** The members of a tar archive, from its headers alone: 512 bytes each, and no content. */
import { type Buffer, isUtf8 } from "node:buffer";
import { Header, Pax } from "tar";
import { Problem } from "../../base/problem.ts";
import type { ReadAt } from "./read_ahead.ts";

const BLOCK = 512;

/** Bytes of a long name or of a pax header; a header that claims more is no honest one. */
const MAX_EXTENSION = 2 ** 20;

/** A member as its headers describe it. */
export interface TarMember {
  /** As it is spelled, in whatever format: ustar, GNU, pax. */
  name: string;
  /** Whether the name is UTF-8; else it holds U+FFFD where it is not. */
  utf8: boolean;
  /** node-tar's word, e.g. `File`, `SymbolicLink`, `SparseFile`. */
  type: string;
  /** Where the content begins in the archive, in bytes. */
  offset: number;
  size: number;
}

/** Types that have no content, whatever size their header tells. */
const EMPTY = new Set([
  "Link",
  "SymbolicLink",
  "CharacterDevice",
  "BlockDevice",
  "Directory",
  "FIFO",
]);
const LONG_NAME = new Set(["NextFileHasLongPath", "OldGnuLongPath"]);
const PAX = new Set(["ExtendedHeader", "OldExtendedHeader"]);
/** What describes the archive, or another file's link, and is no member. */
const ASIDE = new Set(["GlobalExtendedHeader", "NextFileHasLongLinkpath", "TapeVolumeHeader"]);

/** Whether a file begins as a tar archive does; the first 512 bytes are enough to tell. */
export function isTar(beginning: Buffer): boolean {
  return headerOf(beginning)?.cksumValid ?? false;
}

/**
 * Walks the headers between two offsets. Zero blocks are passed over, so that archives that were
 * joined with `cat` are read to their end.
 *
 * @param what names the archive in messages
 * @throws {Problem} where a header is damaged, or the archive ends before its end mark
 */
export function* tarMembers(
  what: string,
  read: ReadAt,
  start: number,
  end: number,
): Generator<TarMember> {
  let ended = false;
  let next: { name?: { text: string; utf8: boolean }; size?: number; sparse?: boolean } = {};
  for (let at = start; at < end;) {
    const block = read(at, Math.min(BLOCK, end - at));
    if (block.length < BLOCK && at > start) throw cutShort(what, end);
    const header = headerOf(block);
    if (!header) throw damaged(what, at, start);
    const offset = at + BLOCK;
    ended = header.nullBlock;
    if (ended) {
      at = offset;
      continue;
    }
    if (!header.cksumValid) throw damaged(what, at, start);
    const { type } = header;
    const isExtension = LONG_NAME.has(type) || PAX.has(type) || ASIDE.has(type);
    // What a pax header says is about the next file, not about another header that comes before it.
    const told = isExtension ? header.size : next.size ?? header.size;
    const size = EMPTY.has(type) ? 0 : told ?? 0;
    const raw = block.subarray(0, 345 + 155); // the name's two parts lie in it
    const here = { text: header.path ?? "", utf8: isSpelled(header.path ?? "", raw) };
    at = offset + Math.ceil(size / BLOCK) * BLOCK;
    if (isExtension) {
      if (size > MAX_EXTENSION) throw damaged(what, offset - BLOCK, start);
      next = { ...next, ...extension(type, read(offset, size)) };
    } else {
      const { text: name, utf8 } = next.name ?? here;
      yield { name, utf8, type: next.sparse ? "SparseFile" : type, offset, size };
      next = {};
    }
  }
  if (!ended) throw cutShort(what, end);
}

/** What an extension says of the member that follows. */
function extension(type: string, content: Buffer) {
  if (ASIDE.has(type)) return {};
  const text = content.toString("utf8");
  const name = (name: string) => ({ text: name, utf8: isSpelled(name, content) });
  if (LONG_NAME.has(type)) return { name: name(text.split("\0", 1)[0]) };
  const { path, size } = Pax.parse(text);
  return {
    ...path !== undefined && { name: name(path) },
    ...size !== undefined && { size },
    ...text.includes(" GNU.sparse.") && { sparse: true },
  };
}

const isSpelled = (name: string, raw: Buffer) => !name.includes("\uFFFD") || isUtf8(raw);

/** undefined where a number in it is none, which node-tar throws for. */
function headerOf(block: Buffer): Header | undefined {
  try {
    return new Header(block);
  } catch {
    return undefined;
  }
}

function damaged(what: string, at: number, start: number): Problem {
  return new Problem(
    at === start
      ? `${what} is no tar archive: its first header is none; fetch it again`
      : `${what} is damaged at byte ${at}, where a member's header should be: fetch it again`,
  );
}

function cutShort(what: string, at: number): Problem {
  return new Problem(`${what} is cut short: it ends after byte ${at}, in a member: fetch it again`);
}

/** The small reads at rising offsets that listing an archive takes, with few system calls. */
import { Buffer } from "node:buffer";
import { readSync } from "node:fs";

const AHEAD = 2 ** 16;

/** Reads at an offset: fewer bytes where the file ends, valid until the next call. */
export type ReadAt = (offset: number, length: number) => Buffer;

/**
 * Reads the 64 KiB that follow as well, so that the headers of small members cost no call each; not
 * after a longer jump, so that the headers of large members cost no more than themselves.
 */
export function readAhead(fd: number): ReadAt {
  const block = Buffer.alloc(AHEAD);
  let start = 0, held: Buffer = block.subarray(0, 0);
  return (offset, length) => {
    const end = start + held.length;
    if (offset < start || offset + length > end) {
      const near = offset >= start && offset <= end + AHEAD;
      held = filled(fd, offset, near && length < AHEAD ? block : Buffer.alloc(length));
      start = offset;
    }
    return held.subarray(offset - start, offset - start + length);
  };
}

/** As much of the buffer as the file can fill. */
function filled(fd: number, offset: number, buffer: Buffer): Buffer {
  let got = 0;
  for (let more = 1; more > 0 && got < buffer.length; got += more) {
    more = readSync(fd, buffer, got, buffer.length - got, offset + got);
  }
  return buffer.subarray(0, got);
}

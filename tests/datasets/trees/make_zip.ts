/** Zip archives byte by byte, so that their headers can lie. */
import { Buffer } from "node:buffer";
import { crc32, deflateRawSync } from "node:zlib";

/** A member, and what its headers say in place of the truth. */
export interface Member {
  name: string | Uint8Array;
  content: Uint8Array | string;
  deflate?: boolean;
  flags?: number;
  method?: number;
  size?: number;
  crc?: number;
  /** Unix mode, e.g. 0o120777 for a link. */
  mode?: number;
  /** Sizes and offset in 64 bits, in the directory's extra field. */
  zip64?: boolean;
  /** Shares the content of the member before it, so that only the directory tells of this one. */
  overlaps?: boolean;
}

/** The archive; `count` stands in its last record in place of the true number. */
export function makeZip(members: readonly Member[], { count = members.length } = {}): Uint8Array {
  const files: Buffer[] = [], directory: Buffer[] = [];
  let offset = 0, header = 0;
  for (const member of members) {
    const name = Buffer.from(member.name as string);
    const content = Buffer.from(member.content as string);
    const stored = member.deflate ? deflateRawSync(content) : content;
    const known = {
      flags: member.flags ?? 0x800,
      method: member.method ?? (member.deflate ? 8 : 0),
      crc: member.crc ?? crc32(content),
      stored: stored.length,
      size: member.size ?? content.length,
    };
    if (!member.overlaps) {
      header = offset;
      files.push(record(0x04034b50, known, name, Buffer.alloc(0)), stored);
      offset += 30 + name.length + stored.length;
    }
    directory.push(entry(known, name, header, member));
  }
  const listed = Buffer.concat(directory);
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(Math.min(count, 0xffff), 8);
  end.writeUInt16LE(Math.min(count, 0xffff), 10);
  end.writeUInt32LE(listed.length, 12);
  end.writeUInt32LE(offset, 16);
  const zip64 = members.some((member) => member.zip64);
  const middle = zip64 ? end64(count, listed.length, offset) : Buffer.alloc(0);
  if (zip64) end.fill(0xff, 8, 20);
  return Buffer.concat([...files, listed, middle, end]);
}

interface Known {
  flags: number;
  method: number;
  crc: number;
  stored: number;
  size: number;
}

/** What local headers and entries of the directory have in common. */
function record(signature: number, known: Known, name: Buffer, extra: Buffer): Buffer {
  const local = signature === 0x04034b50;
  const fixed = Buffer.alloc(local ? 30 : 46);
  fixed.writeUInt32LE(signature, 0);
  const at = local ? 4 : 6;
  fixed.writeUInt16LE(45, at);
  fixed.writeUInt16LE(known.flags, at + 2);
  fixed.writeUInt16LE(known.method, at + 4);
  fixed.writeUInt32LE(known.crc, at + 10);
  fixed.writeUInt32LE(known.stored, at + 14);
  fixed.writeUInt32LE(known.size, at + 18);
  fixed.writeUInt16LE(name.length, at + 22);
  fixed.writeUInt16LE(extra.length, at + 24);
  return Buffer.concat([fixed, name, extra]);
}

function entry(known: Known, name: Buffer, header: number, { mode = 0, zip64 }: Member): Buffer {
  const extra = Buffer.alloc(zip64 ? 28 : 0);
  if (zip64) {
    extra.writeUInt16LE(1, 0);
    extra.writeUInt16LE(24, 2);
    [known.size, known.stored, header].forEach((value, k) =>
      extra.writeBigUInt64LE(BigInt(value), 4 + 8 * k)
    );
  }
  const said = zip64 ? { ...known, stored: 0xffffffff, size: 0xffffffff } : known;
  const bytes = record(0x02014b50, said, name, extra);
  bytes.writeUInt32LE(mode * 0x10000, 38);
  bytes.writeUInt32LE(zip64 ? 0xffffffff : header, 42);
  return bytes;
}

/** Zip64's end of the directory, and where to find it. */
function end64(count: number, bytes: number, offset: number): Buffer {
  const end = Buffer.alloc(56 + 20);
  end.writeUInt32LE(0x06064b50, 0);
  end.writeBigUInt64LE(44n, 4);
  end.writeBigUInt64LE(BigInt(count), 24);
  end.writeBigUInt64LE(BigInt(count), 32);
  end.writeBigUInt64LE(BigInt(bytes), 40);
  end.writeBigUInt64LE(BigInt(offset), 48);
  end.writeUInt32LE(0x07064b50, 56);
  end.writeBigUInt64LE(BigInt(offset + bytes), 56 + 8);
  end.writeUInt32LE(1, 56 + 16);
  return end;
}

/** Tar archives header by header, so that they can be old, large, damaged or hostile. */
import { Buffer } from "node:buffer";
import { Header, Pax } from "tar";

/** A member: 512 bytes and its content, padded with zeros. */
export function tarMember(
  path: string,
  content: Uint8Array | string = "",
  { type = "File", size }: { type?: Header["type"]; size?: number } = {},
): Buffer {
  const body = Buffer.from(content as string);
  const header = new Header({
    path,
    type,
    size: size ?? body.length,
    mode: 0o644,
    mtime: new Date(0),
  });
  const block = Buffer.alloc(512);
  header.encode(block);
  return Buffer.concat([block, body, Buffer.alloc((512 - body.length % 512) % 512)]);
}

/** A pax header, which tells of the next member what its own header has no room for. */
export const paxHeader = (fields: { path?: string; size?: number }): Buffer =>
  new Pax(fields).encode();

/** Members and the end mark. */
export const makeTar = (...members: Uint8Array[]): Buffer =>
  Buffer.concat([...members, Buffer.alloc(1024)]);

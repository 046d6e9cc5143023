/** A zip archive, read as it is. */
import { crc32 } from "node:zlib";
import { resolve } from "@std/path";
import { messageOf, Problem } from "../../base/problem.ts";
import type { FileTree, Location } from "./file_tree.ts";
import { closeFile, readLocation } from "./ranges.ts";
import { DEFLATED, zipDirectory } from "./zip_directory.ts";

/**
 * Lists a zip archive, zip64 too. Its members are read in place, stored or deflated; each read is
 * checked against the member's size and CRC-32.
 *
 * @throws {Problem} for a file that is no whole zip archive, for one with a member whose name leads
 *   out of its folder, and for one that unpacks to more than a hundred times its size
 */
export async function zipTree(path: string): Promise<FileTree> {
  const file = resolve(path);
  const { zip, names, columns, skipped } = await zipDirectory(path, file);
  const { header, stored, size, crc, method } = columns;
  const damaged = (i: number, reason: string) =>
    new Problem(`${path}: ${names[i]} is damaged (${reason}): fetch the archive again`);

  async function locate(i: number): Promise<Location> {
    const entry = { relativeOffsetOfLocalHeader: header[i], compressedSize: stored[i] };
    const { fileDataStart } = await zip.readLocalFileHeaderPromise(entry, { minimal: true })
      .catch((error) => {
        throw damaged(i, messageOf(error));
      });
    const at = { path: file, offset: fileDataStart, stored: stored[i], size: size[i] };
    return { ...at, deflated: method[i] === DEFLATED };
  }
  async function read(i: number): Promise<Uint8Array> {
    const content = await readLocation(await locate(i), names[i]);
    if (crc32(content) !== crc[i]) throw damaged(i, "its CRC-32 is another");
    return content;
  }
  function close(): void {
    zip.close();
    closeFile(file);
  }
  return { path, names, skipped, size: (i) => size[i], locate, read, close };
}

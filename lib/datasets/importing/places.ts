/** Where the images of a tree lie, and how they are read from there. */
import { Problem } from "../../base/problem.ts";
import type { IndexedImage } from "./image_index.ts";
import type { ListedImage } from "../source.ts";
import type { FileTree, Location } from "../trees/file_tree.ts";
import { readPart } from "../trees/ranges.ts";

/** Where one image lies. */
export type Place = Pick<IndexedImage, "container" | "offset" | "stored" | "deflated">;

/** Takes images that cannot be read where they are. */
export interface Pack {
  path: string;
  /** Appends bytes; returns where they begin. */
  append(bytes: Uint8Array): Promise<number>;
}

/** Reads images, and remembers what they lie in. */
export interface Places {
  /** The paths of archives and such, by the numbers that places give them. */
  containers: string[];
  /** See `IndexHeader.root`. */
  root(): string;
  /** The place of an image that can be read where it is. */
  inPlace(image: ListedImage): Promise<Place | undefined>;
  read(image: ListedImage): Promise<Uint8Array>;
  pack(bytes: Uint8Array): Promise<Place>;
}

/**
 * The places of a tree's images.
 *
 * @param openPack called once, for the first image that cannot be read in place: one of a tree
 *   without places, or a raw one in a file that is compressed
 */
export function placesOf(tree: FileTree, openPack?: () => Promise<Pack>): Places {
  const containers: string[] = [];
  const numbers = new Map<string, number>(); // of the containers, by path
  let root: string | undefined;
  let pack: Promise<Pack> | undefined;
  let whole: { file: number; bytes: Promise<Uint8Array> } | undefined; // the last of raw images
  const numberOf = (path: string) => {
    const known = numbers.get(path) ?? containers.push(path) - 1;
    numbers.set(path, known);
    return known;
  };
  const isOwnFile = ({ path, offset }: Location, id: string) => {
    if (!path.endsWith(`/${id}`) || offset !== 0) return false;
    const prefix = path.slice(0, -id.length);
    return prefix === (root ??= prefix);
  };
  return {
    containers,
    root: () => root ?? "",
    inPlace: async ({ id, file, raw }) => {
      const location = await tree.locate?.(file);
      if (!location || raw && location.deflated) return undefined;
      const { path, offset, stored, deflated } = location;
      if (raw) {
        const at = { offset: offset + raw.offset, stored: rawBytes(raw), deflated };
        return { container: numberOf(path), ...at };
      }
      const container = isOwnFile(location, id) ? -1 : numberOf(path);
      return { container, offset, stored, deflated };
    },
    read: async ({ file, raw }) => {
      if (!raw) return await tree.read(file);
      const location = await tree.locate?.(file);
      if (location && !location.deflated) {
        return await readPart(location, raw.offset, rawBytes(raw));
      }
      if (whole?.file !== file) whole = { file, bytes: tree.read(file) };
      return (await whole.bytes).slice(raw.offset, raw.offset + rawBytes(raw));
    },
    pack: async (bytes) => {
      if (!openPack) throw new Problem(`${tree.path}: its images cannot be read in place`);
      const { path, append } = await (pack ??= openPack());
      const offset = await append(bytes);
      return { container: numberOf(path), offset, stored: bytes.length, deflated: false };
    },
  };
}

const rawBytes = ({ height, width }: { height: number; width: number }) => 3 * height * width;

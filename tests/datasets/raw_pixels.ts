/** Images that are records in a file, as pixels. */
import { createHash } from "node:crypto";
import type { ListedImage, Listing } from "../../lib/datasets/source.ts";
import type { FileTree } from "../../lib/datasets/trees/file_tree.ts";

/** Start of the SHA-256 of the interleaved RGB bytes, as sources.py has it. */
export function pixelDigest(file: Uint8Array, raw: NonNullable<ListedImage["raw"]>): string {
  const { offset, height, width, columnMajor } = raw;
  const bytes = new Uint8Array(height * width * 3);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      for (let c = 0; c < 3; c++) {
        const at = columnMajor ? (c * width + x) * height + y : (c * height + y) * width + x;
        bytes[(y * width + x) * 3 + c] = file[offset + at];
      }
    }
  }
  return createHash("sha256").update(bytes).digest("hex").slice(0, 16);
}

/** The labels and pixels of a listing's images, by split, as sources.py has them. */
export function rawSplits(
  { splits }: Listing,
  { names }: FileTree,
  files: Record<string, Uint8Array>,
): Record<string, { labels: number[]; pixels: string }[]> {
  const read = Object.entries(splits).map(([split, images]) => [
    split,
    images.map(({ labels, raw, file }) => ({
      labels,
      pixels: pixelDigest(files[names[file]], raw!),
    })),
  ]);
  return Object.fromEntries(read);
}

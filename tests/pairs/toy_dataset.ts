/** A data set without pixels: what the pairing sees of one. */
import type { Dataset } from "../../lib/datasets/dataset.ts";

/** `sizes[c]` images of class c; image k of a class is drawn by artist k mod `artists`. */
export function toyDataset(sizes: number[], { artists = 4 } = {}): Dataset {
  const images = sizes.flatMap((size, label) =>
    Array.from({ length: size }, (_, k) => ({ label, artist: `artist ${k % artists}` }))
  );
  return {
    name: "toys",
    classes: sizes.map((_, c) => `class ${c}`),
    length: images.length,
    hash: `toys ${sizes} ${artists}`,
    image: () => ({ data: new Uint8Array(3 * 4), height: 2, width: 2 }),
    label: (i) => images[i].label,
    factors: (i) => ({ artist: images[i].artist }),
  };
}

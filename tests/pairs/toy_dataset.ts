/** Data sets without pixels: what the pairing sees of one. */
import type { Prng } from "../../lib/base/prng.ts";
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

/** Images of several classes each, of none where the list is empty. */
export function toyOfSeveral(labels: number[][]): Dataset {
  const classes = 1 + labels.flat().reduce((most, label) => Math.max(most, label), 0);
  const { factors: _, ...rest } = toyDataset(Array(classes).fill(1));
  return {
    ...rest,
    length: labels.length,
    hash: `several ${JSON.stringify(labels)}`,
    label: (i) => labels[i][0] ?? -1,
    labels: (i) => labels[i],
  };
}

/** Up to four labels for each of n images. */
export function randomLabels(n: number, classes: number, random: Prng): number[][] {
  const all = Array.from({ length: classes }, (_, label) => label);
  return Array.from({ length: n }, () => random.shuffle(all).slice(0, random.int(5)));
}

/** The images' names: a folder a class. */
export function named(dataset: Dataset): Dataset {
  return { ...dataset, id: (i) => `${dataset.classes[dataset.label(i)]}/${i}.jpg` };
}

/** A data set that any network can learn: each class is a colour, in noise. */
import { prng } from "../../lib/base/prng.ts";
import type { Dataset } from "../../lib/datasets/dataset.ts";
import type { PairKind, PairList } from "../../lib/pairs/pair_list.ts";

const classes = ["red", "green", "blue", "grey"];

/** n images of 32 x 32 px; image i is of class i mod 4. */
export function toyDataset(n: number): Dataset {
  const side = 32, pixels = side * side;
  const images = Array.from({ length: n }, (_, i) => {
    const noise = prng(`toy ${i}`);
    const lit = (k: number) => Math.floor(k / pixels) === i % classes.length;
    const data = Uint8Array.from(
      { length: 3 * pixels },
      (_, k) => noise.uniform(0, 120) + (lit(k) ? 120 : 0),
    );
    return { data, height: side, width: side };
  });
  return {
    name: "toy",
    classes,
    length: n,
    hash: "toy",
    image: (i) => images[i],
    label: (i) => i % classes.length,
  };
}

/** Every image as an anchor, with itself or with the next image of its class. */
export function toyPairs(n: number, kind: PairKind): PairList {
  const anchors = Int32Array.from({ length: n }, (_, i) => i);
  const shift = kind === "semantic" ? classes.length : 0;
  return {
    kind,
    origin: kind === "semantic" ? "same class" : "same image",
    anchors,
    partners: anchors.map((i) => (i + shift) % n),
    perEpoch: n,
    dataset: "toy",
  };
}

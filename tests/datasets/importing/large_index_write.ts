/** Writes a synthetic index of ImageNet's size: 1000 classes of 1300 images. */
import { join } from "@std/path";
import { encodeIndex, makeIndex } from "../../../lib/datasets/importing/image_index.ts";

const classes = Array.from({ length: 1000 }, (_, c) => `n${String(c).padStart(8, "0")}`);
const images = classes.flatMap((name, label) =>
  Array.from({ length: 1300 }, (_, k) => ({
    id: `train/${name}/${name}_${k}.JPEG`,
    labels: [label],
    ...{ height: 375, width: 500, form: 0, container: 0, deflated: false, crc: k, boxes: [] },
    ...{ copyOf: 1300 * label + k, elsewhere: false },
    ...{ offset: 110_000 * (1300 * label + k), stored: 110_000, size: 110_000 },
  }))
);
const index = makeIndex({
  ...{ name: "large", split: "train", classes, contentHash: "large", root: "" },
  ...{ containers: ["large.tar"] },
  ...{ multiLabel: false, boxes: false },
}, images);
await Deno.writeFile(join(Deno.args[0], "large.index"), encodeIndex(index));
console.log(JSON.stringify({ images: index.length }));

import { deepStrictEqual, ok, strictEqual, throws } from "node:assert/strict";
import { join } from "@std/path";
import { Problem } from "../../../lib/base/problem.ts";
import {
  boxesOf,
  decodeIndex,
  encodeIndex,
  forms,
  idOf,
  type IndexedImage,
  type IndexHeader,
  labelOf,
  labelsOf,
  likesOf,
  makeIndex,
  placeOf,
} from "../../../lib/datasets/importing/image_index.ts";
import { textAt, textList } from "../../../lib/datasets/importing/text_list.ts";

const header: IndexHeader = {
  name: "toys",
  split: "train",
  classes: ["cat", "dog"],
  contentHash: "abc",
  containers: ["/a.tar"],
  root: "/photos/",
  multiLabel: true,
  boxes: true,
};
const box = { x: 1.5, y: 2, width: 3, height: 4, label: 1 };
const image = (given: Partial<IndexedImage>): IndexedImage => ({
  ...{ id: "cat/1.jpg", labels: [0], height: 3, width: 4, form: forms.plainJpeg, container: -1 },
  ...{ offset: 0, stored: 10, size: 10, deflated: false, crc: -5, boxes: [] },
  ...{ copyOf: 0, elsewhere: false },
  ...given,
});
const images = [
  image({}),
  image({ id: "dog/ü.png", labels: [1, 0], boxes: [box, box], elsewhere: true }),
  image({ id: "x", labels: [], container: 0, offset: 137e9 + 512, deflated: true, copyOf: 2 }),
];

Deno.test("an index gives back what it was made of, from memory and from its file", () => {
  const made = makeIndex(header, images);
  for (const index of [made, decodeIndex(encodeIndex(made), "toys.index")]) {
    strictEqual(index.length, 3);
    deepStrictEqual(index.classes, header.classes);
    deepStrictEqual(index.containers, header.containers);
    images.forEach(({ id, labels, boxes, copyOf, elsewhere, ...place }, i) => {
      strictEqual(idOf(index, i), id);
      deepStrictEqual(labelsOf(index, i), labels);
      strictEqual(labelOf(index, i), labels[0] ?? -1);
      deepStrictEqual(boxesOf(index, i), boxes);
      deepStrictEqual(placeOf(index, i), place);
      deepStrictEqual(likesOf(index, i), { copyOf, elsewhere });
    });
  }
});

Deno.test("an index that is cut, or another file, is refused by name", () => {
  const bytes = encodeIndex(makeIndex(header, images));
  const refused = (given: Uint8Array) =>
    throws(
      () => decodeIndex(given, "toys.index"),
      (error) => error instanceof Problem && /toys\.index/.test(error.message),
    );
  for (const length of [0, 7, 100, bytes.length - 1]) refused(bytes.slice(0, length));
  refused(new TextEncoder().encode("no index at all"));
});

Deno.test("a list of texts gives each back", () => {
  const texts = ["", "a", "ä€𝄞", "x".repeat(1000), "", "end"];
  const list = textList(texts);
  deepStrictEqual(texts.map((_, i) => textAt(list, i)), texts);
  strictEqual(textList([]).bytes.length, 0);
});

Deno.test("an index of 1.3 million files is opened in less than 300 MB, and paired in little more", async () => {
  const folder = await Deno.makeTempDir({ prefix: "large-index-" });
  const run = async (script: string) => {
    const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", join(import.meta.dirname!, script), folder],
      stdout: "piped",
      stderr: "piped",
    }).output();
    ok(success, new TextDecoder().decode(stderr));
    return JSON.parse(new TextDecoder().decode(stdout));
  };
  try {
    deepStrictEqual(await run("large_index_write.ts"), { images: 1_300_000 });
    const { length, opened, paired, pairs, id } = await run("large_index_use.ts");
    strictEqual(length, 1_300_000);
    strictEqual(pairs, 50_000);
    strictEqual(id, "train/n00000999/n00000999_1299.JPEG");
    ok(opened < 300e6, `${Math.round(opened / 1e6)} MB`); // 190 were measured
    ok(paired < 500e6, `${Math.round(paired / 1e6)} MB`); // 330
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

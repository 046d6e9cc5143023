import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { prng } from "../../../lib/base/prng.ts";
import { classFolders } from "../../../lib/datasets/class_folders.ts";
import { forms, likesOf, placeOf } from "../../../lib/datasets/importing/image_index.ts";
import { importImages } from "../../../lib/datasets/importing/import.ts";
import type { Journal } from "../../../lib/datasets/importing/journal.ts";
import type { Seen } from "../../../lib/datasets/importing/look.ts";
import type { FileTree } from "../../../lib/datasets/trees/file_tree.ts";

/** An archive of so many images a split, none of which will be read. */
function archive(images: number): FileTree {
  const name = (k: number) => `${String(k).padStart(7, "0")}.jpg`;
  const names = ["test", "train"].flatMap((split) =>
    Array.from({ length: split === "test" ? 10 : images }, (_, k) => `${split}/cat/${name(k)}`)
  );
  return {
    ...{ path: "/huge.tar", names, skipped: [], size: () => 9, close() {} },
    locate: (i) =>
      Promise.resolve({ path: "/huge.tar", offset: 512 * i, stored: 9, size: 9, deflated: false }),
    read: () => Promise.reject(new Error("was to be read")),
  };
}

/** A journal that has seen every image. */
function omniscient(digestOf: (key: string) => string): Journal<Seen> {
  const random = prng("hashes");
  const half = () => random.int(2 ** 31);
  const gray = new Uint8Array(64).toBase64();
  const seen = { height: 3, width: 4, form: forms.plainJpeg, size: 9, crc: 1, oddities: [], gray };
  return {
    known: (key) => ({ ...seen, digest: digestOf(key), hash: [half(), half()] }),
    note: () => Promise.resolve(),
    close() {},
    finish: () => Promise.resolve(),
  };
}

const options = { name: "huge", sources: [] };

Deno.test("importImages: more images than a function takes arguments", async () => {
  const journal = omniscient((key) => key);
  const { manifest, splits } = await importImages(archive(140_000), classFolders, {
    ...options,
    journal,
  });
  deepStrictEqual(manifest.splits.train.perClass, [140_000]);
  deepStrictEqual(splits.map(({ split, length }) => [split, length]), [["train", 140_000], [
    "test",
    10,
  ]]);
  strictEqual(placeOf(splits[0], 139_999).offset, 512 * 140_009);
  deepStrictEqual(splits[0].containers, ["/huge.tar"]);
});

Deno.test("importImages: likes are counted within their split, and known across splits", async () => {
  // Images 2, 5 and 8 of each split are the same picture, and so are 3 and 4 of the training split.
  const same: Record<string, string> = { 2: "x", 5: "x", 8: "x" };
  const digestOf = (key: string) => {
    const number = Number(/(\d+)\.jpg/.exec(key)![1]);
    const pair = key.startsWith("train") && (number === 3 || number === 4);
    return same[number] ?? (pair ? "y" : key);
  };
  const journal = omniscient(digestOf);
  const { splits: [train, test], manifest } = await importImages(archive(10), classFolders, {
    ...options,
    journal,
  });
  const likes = (split: typeof train) => Array.from({ length: 10 }, (_, i) => likesOf(split, i));
  deepStrictEqual(likes(train).map(({ copyOf }) => copyOf), [0, 1, 2, 3, 3, 2, 6, 7, 2, 9]);
  deepStrictEqual(likes(test).map(({ copyOf }) => copyOf), [0, 1, 2, 3, 4, 2, 6, 7, 2, 9]);
  const elsewhere = [2, 5, 8];
  for (const split of [train, test]) {
    likes(split).forEach((like, i) => strictEqual(like.elsewhere, elsewhere.includes(i)));
  }
  deepStrictEqual(manifest.duplicates.exact, { withinClass: 3, acrossClasses: 0, acrossSplits: 3 });
});

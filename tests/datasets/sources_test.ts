import { deepStrictEqual, ok, strictEqual, throws } from "node:assert/strict";
import { Problem } from "../../lib/base/problem.ts";
import { sourceOf, sources } from "../../lib/datasets/sources.ts";
import { memoryTree, namesTree } from "./memory_tree.ts";
import { vectors } from "./source_vectors.ts";

Deno.test("sources: each set is recognised as what it is", () => {
  for (const [name, { files }] of Object.entries(vectors.sets)) {
    strictEqual(sourceOf(memoryTree(files)).name, name);
  }
  const tiny = [
    "train/n01443537/images/0.JPEG",
    "train/n01443537/n01443537_boxes.txt",
    "wnids.txt",
  ];
  strictEqual(sourceOf(namesTree(tiny)).name, "tiny-imagenet");
});

for (const name of ["image-folder", "imagenet"]) {
  Deno.test(`sources: ${name} lists what torchvision does`, async () => {
    const { files, classes, splits } = vectors.sets[name];
    const tree = memoryTree(files);
    const listing = await sourceOf(tree).list(tree);
    deepStrictEqual(listing.classes, classes);
    const read = Object.entries(listing.splits).map(([split, images]) => [
      split,
      images.map(({ id, labels, file }) => {
        strictEqual(tree.names[file], id);
        return { id, labels };
      }),
    ]);
    deepStrictEqual(Object.fromEntries(read), splits);
  });
}

Deno.test("sources: a name decides, whatever the tree looks like", () => {
  const { files } = vectors.sets.imagenet;
  strictEqual(sourceOf(memoryTree(files), "image-folder").name, "image-folder");
});

Deno.test("sources: an unknown name is refused with those that are known", () => {
  const known = sources.map(({ name }) => name).join(", ");
  strictEqual(new Set(sources.map(({ name }) => name)).size, sources.length);
  throws(
    () => sourceOf(namesTree(["a/b.jpg"]), "mnist"),
    new Problem(`there is no source "mnist": name one of ${known}`),
  );
});

Deno.test("sources: what nothing recognises is refused with what was seen and what is known", () => {
  const names = ["a/1.bin", "a/2.bin", "b.bin", "c.bin", "d.bin", "e.bin", "f.bin"];
  const message = (names: string[]) => {
    try {
      return sourceOf(namesTree(names)).name;
    } catch (error) {
      ok(error instanceof Problem && !error.message.includes("\n"));
      return error.message;
    }
  };
  ok(message(names).startsWith("archive holds a/, b.bin, c.bin, d.bin, e.bin, …, which is no "));
  ok(message(["a.bin"]).startsWith("archive holds a.bin, which is no "));
  ok(message([]).startsWith("archive holds no files, "));
  for (const { name, layout } of sources) ok(message([]).includes(`${name} (${layout})`));
});

import { deepStrictEqual, ok, rejects } from "node:assert/strict";
import { ofClasses } from "../../lib/datasets/of_classes.ts";
import { tinyImagenet } from "../../lib/datasets/tiny_imagenet.ts";
import { memoryTree } from "./memory_tree.ts";

const synsets = ["n01443537", "n01629819", "n02124075"];

/** Tiny-ImageNet's layout with some of the synsets, two images each and one to validate. */
function treeOf(some: readonly string[], { test = false } = {}) {
  const annotated = some.map((synset) => `${synset}.JPEG\t${synset}\t0\t0\t9\t9`);
  const files: Record<string, string> = {
    "words.txt": "n01443537\tgoldfish\nn01629819\tsalamander\nn02124075\tEgyptian cat\n",
    "val/val_annotations.txt": annotated.join("\n") + "\n",
    ...(test && { "test/images/test_0.JPEG": "" }),
  };
  for (const synset of some) {
    files[`val/images/${synset}.JPEG`] = "";
    files[`train/${synset}/${synset}_boxes.txt`] = `${synset}_0.JPEG\t1\t2\t3\t4\n`;
    for (const i of [0, 1]) files[`train/${synset}/images/${synset}_${i}.JPEG`] = "";
  }
  return memoryTree(files);
}

/** Without the files' places in their tree, which differ. */
async function listed(source: typeof tinyImagenet, tree: ReturnType<typeof treeOf>) {
  const { classes, splits } = await source.list(tree);
  const images = Object.entries(splits).map((
    [split, of],
  ) => [split, of.map(({ file: _, ...i }) => i)]);
  return { classes, images };
}

Deno.test("some classes of the full set are the set that has those alone", async () => {
  const [first, , last] = synsets;
  const part = await listed(tinyImagenet, treeOf([first, last]));
  ok(part.classes.length === 2 && part.images.length === 2);
  for (const wanted of [[last, first], ["n02124075 Egyptian cat", "n01443537 goldfish"]]) {
    const full = treeOf(synsets, { test: true }); // its unlabelled images take no part
    deepStrictEqual(await listed(ofClasses(tinyImagenet, wanted), full), part);
  }
});

Deno.test("a name is the whole name, whatever others begin with it", async () => {
  const source = { ...tinyImagenet, list: () => Promise.resolve(listing) };
  const listing = { classes: ["dog", "dog house"], splits: { train: [] }, skipped: [] };
  const { classes } = await ofClasses(source, ["dog"]).list(treeOf(synsets));
  deepStrictEqual(classes, ["dog"]);
});

Deno.test("a class that is not there is named", async () => {
  await rejects(ofClasses(tinyImagenet, ["n01443537", "n99"]).list(treeOf(synsets)), {
    name: "Problem",
    message: /has no class "n99": it has 3 others/,
  });
});

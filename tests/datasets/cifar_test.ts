import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { cifar10, cifar100 } from "../../lib/datasets/cifar.ts";
import { memoryTree, namesTree } from "./memory_tree.ts";
import { rawSplits } from "./raw_pixels.ts";
import { refused } from "./refused.ts";
import { vectors } from "./source_vectors.ts";

for (const source of [cifar10, cifar100]) {
  const { files, classes, splits } = vectors.sets[source.name];

  Deno.test(`${source.name}: labels and pixels are torchvision's`, async () => {
    const tree = memoryTree(files);
    ok(source.recognises(tree));
    const listing = await source.list(tree);
    deepStrictEqual(listing.classes, classes);
    deepStrictEqual(rawSplits(listing, tree, files), splits);
  });

  Deno.test(`${source.name}: every missing file is refused by name`, async () => {
    for (const name of Object.keys(files)) {
      if (name.includes("coarse")) continue;
      const { [name]: _, ...others } = files;
      const file = name.split("/")[1].replaceAll(".", "\\.");
      await refused(source, memoryTree(others), new RegExp(`has no (.*/)?${file}`));
    }
  });

  Deno.test(`${source.name}: the Python version is told from the binary one`, async () => {
    const pickled = source === cifar10
      ? ["data_batch_1", "data_batch_2", "test_batch", "batches.meta"]
      : ["train", "test", "meta", "file.txt~"];
    for (const home of ["", "cifar-python/"]) {
      const tree = namesTree(pickled.map((name) => home + name));
      ok(source.recognises(tree));
      await refused(
        source,
        tree,
        /is the Python version of cifar-100?, pickled: fetch cifar-100?-b/,
      );
      strictEqual((source === cifar10 ? cifar100 : cifar10).recognises(tree), false);
    }
  });
}

const ten = vectors.sets["cifar-10"].files, hundred = vectors.sets["cifar-100"].files;

Deno.test("cifar: ids are unique, in the order of the records", async () => {
  const { splits } = await cifar10.list(memoryTree(ten));
  const train = splits.train.map(({ id }) => id);
  deepStrictEqual(train.slice(0, 3), [
    "data_batch_1/00000",
    "data_batch_1/00001",
    "data_batch_2/00000",
  ]);
  deepStrictEqual(train, [...new Set(train)].sort());
  strictEqual(splits.test[2].id, "test_batch/00002");
});

Deno.test("cifar: a file that ends within a record is refused", async () => {
  const name = "cifar-10-batches-bin/data_batch_3.bin";
  for (const [bytes, record] of [[0, 0], [3072, 0], [3074, 1], [6145, 1]]) {
    const tree = memoryTree({ ...ten, [name]: ten[name].slice(0, bytes) });
    const message = `data_batch_3\\.bin ends within record ${record}: ${bytes} bytes`;
    await refused(cifar10, tree, new RegExp(message));
  }
});

Deno.test("cifar: a label out of range is refused by file and record", async () => {
  const spoil = (bytes: Uint8Array, at: number) => bytes.map((b, i) => i === at ? 3 : b);
  const one = "cifar-10-batches-bin/test_batch.bin", other = "cifar-100-binary/test.bin";
  const message = /bin: record 1 has label 3, but the 3 classes are 0 to 2/;
  await refused(cifar10, memoryTree({ ...ten, [one]: spoil(ten[one], 3073) }), message);
  await refused(
    cifar100,
    memoryTree({ ...hundred, [other]: spoil(hundred[other], 3075) }),
    message,
  );
  // The coarse label, before the fine one, is not a class here.
  await cifar100.list(memoryTree({ ...hundred, [other]: spoil(hundred[other], 3074) }));
});

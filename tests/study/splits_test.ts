import { deepStrictEqual, ok, rejects, strictEqual } from "node:assert/strict";
import type { Dataset } from "../../lib/datasets/dataset.ts";
import { importSet } from "../../lib/datasets/library.ts";
import type { ImageData } from "../../lib/study/cell.ts";
import { imageSplits } from "../../lib/study/splits.ts";
import { type Files, someImages, withLibrary } from "../datasets/photographs.ts";

const data = (name: string, given: Partial<ImageData> = {}): ImageData => ({
  ...{ source: "images", name, size: 8, heldOutClasses: 0, probeShare: 0.2, testShare: 0.2 },
  ...{ transfer: [], seed: 1 },
  ...given,
});

const ids = (dataset: Dataset) =>
  Array.from({ length: dataset.length }, (_, i) => dataset.id!(i)).sort();

/** Runs a test on the splits of an imported folder. */
async function withSplits(
  files: Files,
  given: Partial<ImageData>,
  test: (splits: Awaited<ReturnType<typeof imageSplits>>, name: string) => void | Promise<void>,
): Promise<void> {
  await withLibrary(files, async (folder, name) => {
    await importSet(name, [folder]);
    await test(await imageSplits(data(name, given)), name);
  });
}

Deno.test("imageSplits: no image plays two parts, every class plays each", async () => {
  await withSplits(await someImages(10, ["a", "b", "c"]), {}, ({ pretraining, plan, hashes }) => {
    deepStrictEqual(plan.map(({ tests }) => tests[0].evaluation), [
      "held-out images",
      "pretraining images",
    ]);
    const [{ fit, tests: [{ images }] }, usual] = plan;
    deepStrictEqual([pretraining.length, fit.length, images.length], [18, 6, 6]);
    const all = [pretraining, fit, images].flatMap(ids);
    strictEqual(new Set(all).size, 30);
    for (const part of [pretraining, fit, images]) {
      const labels = Array.from({ length: part.length }, (_, i) => part.label(i));
      deepStrictEqual([...new Set(labels)].sort(), [0, 1, 2]);
      labels.forEach((label, i) => ok(part.id!(i).startsWith(part.classes[label])));
    }
    strictEqual(usual.fit, pretraining);
    strictEqual(hashes.length, 4);
  });
});

Deno.test("imageSplits: a set's own test images are the test", async () => {
  const files = {
    ...await someImages(5, ["a", "b"], "train/"),
    ...await someImages(3, ["a", "b"], "val/"),
  };
  await withSplits(files, {}, ({ pretraining, plan }) => {
    deepStrictEqual([pretraining.length, plan[0].fit.length], [8, 2]);
    const { images } = plan[0].tests[0];
    strictEqual(images.length, 6);
    ok(ids(images).every((id) => id.startsWith("val/")));
  });
});

Deno.test("imageSplits: held-out classes are in no other part, whatever is held out", async () => {
  await withSplits(
    await someImages(6, ["a", "b", "c", "d", "e"]),
    { heldOutClasses: 2 },
    (splits, name) => {
      const { pretraining, plan } = splits;
      strictEqual(pretraining.classes.length, 3);
      const other = plan.find(({ tests }) => tests[0].evaluation === "held-out classes")!;
      strictEqual(other.fit.classes.length, 2);
      deepStrictEqual([...pretraining.classes, ...other.fit.classes].sort(), [
        "a",
        "b",
        "c",
        "d",
        "e",
      ]);
      deepStrictEqual([other.fit.length, other.tests[0].images.length], [10, 2]);
      return imageSplits(data(name, { heldOutClasses: 1 })).then((fewer) =>
        ok(pretraining.classes.every((each) => fewer.pretraining.classes.includes(each)))
      );
    },
  );
});

Deno.test("imageSplits: few images a class for pretraining, small classes take no part", async () => {
  const files = { ...await someImages(10, ["a", "b"]), ...await someImages(3, ["small"]) };
  await withSplits(files, { pretraining: 4 }, ({ pretraining, plan, notes }) => {
    deepStrictEqual(notes, ["left out: 1 classes of fewer than 4 images (small)"]);
    deepStrictEqual(pretraining.classes, ["a", "b"]);
    deepStrictEqual([pretraining.length, plan[0].fit.length], [8, 4]);
  });
});

Deno.test("imageSplits: a picture that is there twice plays one part, and says so", async () => {
  const files = await someImages(10, ["a", "b"]);
  for (let k = 0; k < 10; k++) files[`a/again${k}.jpg`] = files[`a/${k}.jpg`];
  await withSplits(files, {}, ({ pretraining, plan, notes }) => {
    const [{ fit, tests: [{ images }] }] = plan;
    const all = [pretraining, fit, images].flatMap(ids);
    strictEqual(all.length, 20);
    ok(all.every((id) => !id.includes("again")));
    deepStrictEqual(notes, ["left out: 10 images that are there before"]);
  });
});

Deno.test("imageSplits: a test image that is in training too is no test", async () => {
  const train = await someImages(5, ["a", "b"], "train/");
  const test = await someImages(3, ["a", "b"], "test/");
  const files = { ...train, ...test, "test/a/leak.jpg": train["train/a/1.jpg"] };
  await withSplits(files, {}, ({ plan, notes }) => {
    const { images } = plan[0].tests[0];
    strictEqual(images.length, 6);
    ok(!ids(images).includes("test/a/leak.jpg"));
    deepStrictEqual(notes, ["left out: 1 test images that are there before, or in training"]);
  });
});

Deno.test("imageSplits: the same seed gives the same parts, another seed others", async () => {
  await withSplits(await someImages(10), {}, async ({ pretraining, hashes }, name) => {
    deepStrictEqual((await imageSplits(data(name))).hashes, hashes);
    ok(
      ids((await imageSplits(data(name, { seed: 2 }))).pretraining).join() !==
        ids(pretraining).join(),
    );
  });
});

Deno.test("imageSplits: what makes no study is said", async () => {
  await withLibrary(await someImages(3), async (folder, name) => {
    await importSet(name, [folder]);
    await rejects(
      imageSplits(data(name)),
      /0 classes have 4 different images or more: a study needs two/,
    );
    await rejects(imageSplits(data("not-here")), /not-here was never imported/);
  });
  await withLibrary(await someImages(6), async (folder, name) => {
    await importSet(name, [folder]);
    await rejects(
      imageSplits(data(name, { transfer: [name] })),
      /has no labelled test images: leave it out of transfer/,
    );
  });
  await withLibrary(
    { ...await someImages(5, ["cat", "dog"], "train/"), ...await someImages(2, ["Cat"], "test/") },
    async (folder, name) => {
      await importSet(name, [folder]);
      await rejects(imageSplits(data(name)), /test has no image of the classes cat, dog: call/);
    },
  );
  await withLibrary({ "1.jpg": (await someImages(1))["cat/0.jpg"] }, async (folder, name) => {
    await importSet(name, [folder]);
    await rejects(imageSplits(data(name)), /has no labels: put the images of each class/);
  });
});

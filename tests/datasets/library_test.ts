/** From files to a data set: importing under a name, and what is said of all that is wrong. */
import { deepStrictEqual, match, ok, rejects, strictEqual } from "node:assert/strict";
import { join } from "@std/path";
import sharp from "sharp";
import { Problem } from "../../lib/base/problem.ts";
import { decodeSquare } from "../../lib/datasets/importing/decode.ts";
import { importSet, load, manifestOf } from "../../lib/datasets/library.ts";
import { describe } from "../../lib/datasets/importing/manifest.ts";
import { type Files, noise, someImages, withLibrary } from "./photographs.ts";

Deno.test("importSet: a folder becomes a set that is loaded by name", async () => {
  await withLibrary(await someImages(4), async (folder, name) => {
    const manifest = await importSet(name, [folder]);
    deepStrictEqual(manifest, await manifestOf(name));
    deepStrictEqual(manifest.classes, ["cat", "dog"]);
    deepStrictEqual(manifest.splits.train.perClass, [4, 4]);
    deepStrictEqual(manifest.splits.train.extents, { "48 x 40": 8 });
    deepStrictEqual([manifest.skipped.count, manifest.oddities], [0, {}]);
    const images = await load(name, { size: 16 });
    deepStrictEqual([images.length, images.label(0), images.label(7)], [8, 0, 1]);
    strictEqual(images.id!(5), "dog/1.jpg");
    strictEqual(images.contentHash, manifest.splits.train.contentHash);
    ok(images.hash !== (await load(name, { size: 8 })).hash);
    strictEqual((await load(name, { size: 8 })).contentHash, images.contentHash);
  });
});

Deno.test("importSet: what is broken is left out, what is odd is used, and all is counted", async () => {
  const good = await someImages(3), jpeg = good["cat/0.jpg"];
  const turned = await sharp(await noise(55)).withMetadata({ orientation: 6 }).jpeg().toBuffer();
  const cmyk = await sharp(await noise(56)).toColourspace("cmyk").jpeg().toBuffer();
  const files: Files = {
    ...good,
    "cat/cut.jpg": jpeg.slice(0, jpeg.length - 100),
    "cat/empty.jpg": new Uint8Array(),
    "cat/notes.txt": new TextEncoder().encode("text"),
    "cat/words.jpg": new TextEncoder().encode("a text by another name"),
    "cat/.DS_Store": new Uint8Array(9),
    "dog/really.jpg": await noise(54, "png"),
    "dog/turned.jpg": new Uint8Array(turned),
    "dog/cmyk.jpg": new Uint8Array(cmyk),
    "owl/only.jpg": await noise(57),
    "loose.jpg": await noise(58),
  };
  await withLibrary(files, async (folder, name) => {
    await Deno.symlink("..", join(folder, "dog", "loop"));
    const manifest = await importSet(name, [folder]);
    deepStrictEqual(manifest.splits.train.perClass, [3, 6, 1]);
    deepStrictEqual(manifest.splits.train.singletons, ["owl"]);
    deepStrictEqual(Object.fromEntries(manifest.skipped.files.map((f) => [f.name, f.reason])), {
      "cat/.DS_Store": "hidden",
      "cat/cut.jpg": "truncated",
      "cat/empty.jpg": "the file is empty",
      "cat/notes.txt": "no image, by its extension",
      "cat/words.jpg": "no image",
      "dog/loop": "a link to a folder that holds it",
      "loose.jpg": "beside the folders of the classes",
    });
    strictEqual(manifest.skipped.count, 7);
    deepStrictEqual(manifest.oddities, {
      "CMYK": 1,
      "png named .jpg": 1,
      "turned upright (EXIF)": 1,
    });
    const text = describe(manifest).join("\n");
    for (const part of ["1 left out: truncated", "1 CMYK", "no semantic partner (owl)"]) {
      ok(text.includes(part), text);
    }
  });
});

Deno.test("importSet: equal and nearly equal pictures are found, by what makes them a worry", async () => {
  const train = await someImages(3, ["cat", "dog"], "train/");
  const test = await someImages(2, ["cat", "dog"], "test/");
  const smaller = await sharp(train["train/cat/1.jpg"]).resize(30, 25).png().toBuffer();
  const files = {
    ...train,
    ...test,
    "train/dog/again.jpg": train["train/cat/0.jpg"], // across classes, equal
    "train/cat/again.jpg": train["train/cat/2.jpg"], // within a class, equal
    "test/cat/small.png": new Uint8Array(smaller), // across splits, near
  };
  await withLibrary(files, async (folder, name) => {
    const { duplicates } = await importSet(name, [folder]);
    deepStrictEqual(duplicates.exact, { withinClass: 1, acrossClasses: 1, acrossSplits: 0 });
    deepStrictEqual(duplicates.near, { withinClass: 0, acrossClasses: 0, acrossSplits: 1 });
    deepStrictEqual(duplicates.examples[0], {
      a: "train/cat/1.jpg",
      b: "test/cat/small.png",
      kind: "acrossSplits",
      exact: false,
    });
  });
});

Deno.test("a streamed set gives its files as the engine can read them", async () => {
  const files: Files = { ...await someImages(2), "dog/really.jpg": await noise(60, "png") };
  await withLibrary(files, async (folder, name) => {
    await importSet(name, [folder]);
    const square = await load(name, { size: 16, memory: 0 });
    const whole = await load(name, { size: 16, frame: "whole" });
    deepStrictEqual(square.stream!.extent(0), { height: 16, width: 16 });
    deepStrictEqual(whole.stream!.extent(0), { height: 40, width: 48 });
    const first = await square.stream!.read(0);
    deepStrictEqual(first.jpeg, files["cat/0.jpg"]);
    deepStrictEqual(first.frame, { top: 0, left: 4, height: 40, width: 40 });
    deepStrictEqual((await whole.stream!.read(0)).frame, {
      top: 0,
      left: 0,
      height: 40,
      width: 48,
    });
    const png = await square.stream!.read(4);
    strictEqual((await sharp(png.jpeg).metadata()).format, "jpeg");
    const hashes = [square, whole, await load(name, { size: 16 })].map(({ hash }) => hash);
    strictEqual(new Set(hashes).size, 3);
  });
});

Deno.test("load: a file that changed after the import is named", async () => {
  await withLibrary(await someImages(2), async (folder, name) => {
    await importSet(name, [folder]);
    const path = join(folder, "dog", "1.jpg"), bytes = await Deno.readFile(path);
    const refused = async (what: RegExp) =>
      await rejects(
        load(name, { size: 8 }),
        (error: Error) => error instanceof Problem && what.test(error.message),
      );
    bytes[bytes.length - 20] ^= 1;
    await Deno.writeFile(path, bytes);
    await refused(/dog\/1\.jpg .*not what was imported \(other bytes.*import the data set again/);
    await Deno.remove(path);
    await refused(/dog\/1\.jpg .*not what was imported/);
    const streamed = await load(name, { size: 8, memory: 0 });
    await rejects(streamed.stream!.read(3), /dog\/1\.jpg .*not what was imported/);
  });
});

Deno.test("load: a set that is not here says how it comes here", async () => {
  await rejects(
    load("never-imported", { size: 8 }),
    /never-imported was never imported.*deno task data/,
  );
  await rejects(load("../etc", { size: 8 }), /cannot name a data set/);
  await withLibrary(await someImages(2), async (folder, name) => {
    await importSet(name, [folder]);
    await rejects(load(name, { size: 8, split: "test" }), /has no split "test"; it has train/);
    const index = join(Deno.env.get("SEMANTIC_PAIRS_DATA")!, name, "train.index");
    const bytes = await Deno.readFile(index);
    await Deno.writeFile(index, bytes.slice(0, 50));
    await rejects(load(name, { size: 8 }), /train\.index/);
    await Deno.remove(index);
    await rejects(load(name, { size: 8 }), /is not in .*deno task data/);
  });
});

Deno.test("importSet: an image set of broken images only is refused", async () => {
  await withLibrary({ "cat/1.jpg": new Uint8Array(5) }, async (folder, name) => {
    await rejects(importSet(name, [folder]), /cat\/1\.jpg cannot be used \(no image\)/);
    strictEqual(await manifestOf(name), undefined);
  });
});

Deno.test("boxes are those of what stands for the image", async () => {
  const files: Files = {
    "tiny-imagenet-200/wnids.txt": new TextEncoder().encode("n01443537\n"),
    "tiny-imagenet-200/words.txt": new TextEncoder().encode("n01443537\tgoldfish\n"),
    "tiny-imagenet-200/train/n01443537/n01443537_boxes.txt": new TextEncoder().encode(
      "n01443537_0.JPEG\t0\t10\t9\t19\nn01443537_1.JPEG\t20\t10\t29\t29\n",
    ),
    "tiny-imagenet-200/train/n01443537/images/n01443537_0.JPEG": await noise(1),
    "tiny-imagenet-200/train/n01443537/images/n01443537_1.JPEG": await noise(2),
  };
  await withLibrary(files, async (folder, name) => {
    const { layout } = await importSet(name, [folder]);
    strictEqual(layout, "tiny-imagenet");
    const whole = await load(name, { size: 20, frame: "whole" });
    deepStrictEqual(whole.boxes!(0), [{ x: 0, y: 10, width: 10, height: 10, label: 0 }]);
    const square = await load(name, { size: 20 }); // 48 x 40: 4 px are cut off on either side
    deepStrictEqual(square.boxes!(0), [{ x: 0, y: 5, width: 3, height: 5, label: 0 }]);
    deepStrictEqual(square.boxes!(1), [{ x: 8, y: 5, width: 5, height: 10, label: 0 }]);
  });
});

Deno.test("what a set says of objects is kept: difficult ones, crowds, areas of masks", async () => {
  const text = (content: string) => new TextEncoder().encode(content);
  const object = (difficult: number) =>
    `<object><name>cat</name><difficult>${difficult}</difficult><bndbox><xmin>1</xmin>` +
    "<ymin>1</ymin><xmax>8</xmax><ymax>8</ymax></bndbox></object>";
  const voc: Files = {
    "VOC2007/JPEGImages/1.jpg": await noise(1),
    "VOC2007/Annotations/1.xml": text(`<annotation>${object(1)}${object(0)}</annotation>`),
    "VOC2007/ImageSets/Main/train.txt": text("1\n"),
  };
  await withLibrary(voc, async (folder, name) => {
    const { splits } = await importSet(name, [folder]);
    strictEqual(splits.train.boxes, 2);
    const box = { x: 0, y: 0, width: 8, height: 8, label: 7 };
    const { boxes } = await load(name, { size: 48, frame: "whole", split: "train" });
    deepStrictEqual(boxes!(0), [{ ...box, difficult: true }, box]);
  });
  const annotation = { image_id: 1, category_id: 1, bbox: [0, 0, 8, 8], area: 32 };
  const annotations = [{ id: 1, ...annotation, iscrowd: 1 }, { id: 2, ...annotation, iscrowd: 0 }];
  const images = [{ id: 1, file_name: "1.jpg" }], categories = [{ id: 1, name: "cat" }];
  const coco: Files = {
    "annotations/instances_val2017.json": text(JSON.stringify({ images, annotations, categories })),
    "val2017/1.jpg": await noise(1),
  };
  await withLibrary(coco, async (folder, name) => {
    await importSet(name, [folder]);
    const { boxes } = await load(name, { size: 20, split: "val" }); // 48 x 40: 4 px are cut off
    const half = { x: 0, y: 0, width: 2, height: 4, label: 0, area: 4 }; // half the mask, half the size
    deepStrictEqual(boxes!(0), [{ ...half, crowd: true }, half]);
  });
});

Deno.test("importSet: parquet of a Hugging Face repository is packed once and read from there", async () => {
  const repository = new URL("../vectors/hugging_face", import.meta.url).pathname;
  await withLibrary({}, async (_, name) => {
    const { splits, skipped } = await importSet(name, [repository]);
    deepStrictEqual(Object.entries(splits).map(([split, { images }]) => [split, images]), [
      ["train", 13],
      ["test", 1],
      ["unlabeled", 4],
    ]);
    deepStrictEqual(skipped.files.map((file) => file.name), ["train/owl/plain-3.png"]);
    match(skipped.files[0].reason, /^plain\.parquet: row 3 holds no image/); // no folder in it
    const held = await load(name, { split: "train", size: 4 });
    const streamed = await load(name, { split: "train", size: 4, memory: 0 });
    for (const i of [0, 7, 12]) {
      const { jpeg } = await streamed.stream!.read(i);
      const again = await decodeSquare(jpeg, 4), { data } = held.image(i);
      ok(again.every((value, k) => Math.abs(value - data[k]) <= 6));
    }
  });
});

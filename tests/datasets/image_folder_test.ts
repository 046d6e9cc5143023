import { deepStrictEqual, notStrictEqual, ok, rejects, strictEqual } from "node:assert/strict";
import { dirname, join } from "@std/path";
import sharp from "sharp";
import { Problem } from "../../lib/base/problem.ts";
import type { Dataset } from "../../lib/datasets/dataset.ts";
import { imageFolder } from "../../lib/datasets/image_folder.ts";

type Colour = { r: number; g: number; b: number; alpha?: number };
const red: Colour = { r: 255, g: 0, b: 0 }, blue: Colour = { r: 0, g: 0, b: 255 };

/** One colour. */
const plain = (background: Colour, width = 8, height = width) =>
  sharp({
    create: { width, height, channels: background.alpha === undefined ? 3 : 4, background },
  });

/** Red, but for the right third, which is blue. */
const flag = (width: number, height: number) => {
  const third = plain(blue, width / 3, height).png().toBuffer();
  return third.then((input) => plain(red, width, height).composite([{ input, gravity: "east" }]));
};

/** Runs the test on a folder of these files. */
async function withFolder(
  files: Record<string, Uint8Array | string>,
  test: (folder: string) => Promise<void>,
): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "image-folder-" });
  try {
    for (const [name, content] of Object.entries(files)) {
      const path = join(folder, name);
      await Deno.mkdir(dirname(path), { recursive: true });
      await Deno.writeFile(
        path,
        typeof content === "string" ? new TextEncoder().encode(content) : content,
      );
    }
    await test(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** [r, g, b] of one pixel. */
function pixel(dataset: Dataset, i: number, x: number, y: number): number[] {
  const { data, width, height } = dataset.image(i);
  return [0, 1, 2].map((channel) => data[(channel * height + y) * width + x]);
}

const png = await plain(red).png().toBuffer();

Deno.test("imageFolder: folders are classes, sorted, and so are their files", async () => {
  const files = {
    "dog/b.png": await plain(blue).png().toBuffer(),
    "dog/a.png": png,
    "cat/x.jpg": await plain(blue).jpeg().toBuffer(),
    "cat/.hidden": "no image",
    ".git/config": "no class",
    "LICENSE": "no image",
  };
  await withFolder(files, async (folder) => {
    const calls: number[][] = [];
    const images = await imageFolder(folder, {
      size: 4,
      progress: (done, total) => void calls.push([done, total]),
    });
    deepStrictEqual(images.classes, ["cat", "dog"]);
    deepStrictEqual([0, 1, 2].map(images.label), [0, 1, 1]);
    deepStrictEqual(pixel(images, 1, 0, 0), [255, 0, 0]);
    deepStrictEqual(pixel(images, 2, 3, 3), [0, 0, 255]);
    deepStrictEqual([images.image(0).width, images.image(0).height], [4, 4]);
    strictEqual(images.length, 3);
    strictEqual(images.factors, undefined);
    strictEqual(images.boxes, undefined);
    deepStrictEqual(calls.at(-1), [3, 3]);
  });
});

Deno.test("imageFolder: progress counts every file", async () => {
  const names = Array.from({ length: 40 }, (_, i) => `cat/${i}.png`);
  await withFolder(Object.fromEntries(names.map((name) => [name, png])), async (folder) => {
    const calls: string[] = [];
    await imageFolder(folder, {
      size: 4,
      progress: (done, total, note) => void calls.push(`${done}/${total} ${note}`),
    });
    deepStrictEqual(calls.filter((call) => call.startsWith("40/40")), [
      "40/40 images looked at",
      "40/40 images decoded",
    ]);
  });
});

Deno.test("imageFolder: the central square is kept", async () => {
  const wide = await (await flag(27, 9)).png().toBuffer(); // the blue third lies outside
  const narrow = await (await flag(9, 90)).png().toBuffer(); // the whole width
  await withFolder({ "c/1.png": wide, "c/2.png": narrow }, async (folder) => {
    const images = await imageFolder(folder, { size: 9 });
    for (const x of [0, 8]) deepStrictEqual(pixel(images, 0, x, 4), [255, 0, 0]);
    deepStrictEqual(pixel(images, 1, 0, 4), [255, 0, 0]);
    deepStrictEqual(pixel(images, 1, 8, 4), [0, 0, 255]);
  });
});

Deno.test("imageFolder: fine detail becomes grey, not a pattern", async () => {
  const stripes = new Uint8Array(3 * 64 * 64).map((_, k) => Math.floor(k / 3) % 2 * 255);
  const image = await sharp(stripes, { raw: { width: 64, height: 64, channels: 3 } })
    .png().toBuffer();
  await withFolder({ "c/1.png": image }, async (folder) => {
    const { data } = (await imageFolder(folder, { size: 8 })).image(0);
    ok(data.every((value) => Math.abs(value - 127.5) < 8), String(data));
  });
});

Deno.test("imageFolder: turned upright as EXIF says", async () => {
  const blueOnTheRight = await flag(9, 9); // orientation 6: to be turned clockwise, blue below
  const turned = await blueOnTheRight.withMetadata({ orientation: 6 }).png().toBuffer();
  await withFolder({ "c/1.png": turned }, async (folder) => {
    const images = await imageFolder(folder, { size: 9 });
    deepStrictEqual(pixel(images, 0, 8, 0), [255, 0, 0]);
    deepStrictEqual(pixel(images, 0, 0, 8), [0, 0, 255]);
  });
});

Deno.test("imageFolder: every kind of pixel becomes RGB bytes", async () => {
  const half = plain({ ...red, alpha: 0.5 }), grey = plain({ r: 128, g: 128, b: 128 });
  const files = {
    "c/1-rgba.png": await half.png().toBuffer(), // on white
    "c/2-grey.png": await grey.clone().toColourspace("b-w").png().toBuffer(),
    "c/3-16-bit.png": await grey.clone().toColourspace("rgb16").png().toBuffer(),
    "c/4-cmyk.jpg": await grey.clone().toColourspace("cmyk").jpeg().toBuffer(),
    "c/5-palette.gif": await plain(blue).gif().toBuffer(),
  };
  await withFolder(files, async (folder) => {
    const images = await imageFolder(folder, { size: 4 });
    const middle = [128, 128, 128];
    const expected = [[255, 127, 127], middle, middle, middle, [0, 0, 255]];
    // CMYK's way back is not exact; a wrong gamma would be off by 60.
    expected.forEach((colour, i) => {
      const found = pixel(images, i, 2, 2);
      ok(colour.every((value, k) => Math.abs(value - found[k]) <= 16), `image ${i}: ${found}`);
    });
  });
});

Deno.test("imageFolder: the hash is that of the content", async () => {
  await withFolder({ "a/cat/1.png": png, "b/c/cat/1.png": png }, async (folder) => {
    const hash = async (path: string, size = 4) =>
      (await imageFolder(join(folder, path), { size })).hash;
    strictEqual(await hash("a"), await hash("a"));
    strictEqual(await hash("a"), await hash("b/c"), "not the place");
    notStrictEqual(await hash("a"), await hash("a", 8));
    for (const added of ["cat/9.png", "dog/9.png"]) {
      const before = await hash("a");
      await Deno.mkdir(dirname(join(folder, "a", added)), { recursive: true });
      await Deno.writeFile(join(folder, "a", added), png);
      notStrictEqual(await hash("a"), before);
    }
  });
});

Deno.test("imageFolder: deeper folders are of the class; what is left out is said", async () => {
  const files = {
    "cat/deep/er/1.png": png,
    "cat/2.png": png,
    "cat/notes.txt": "",
    "dog/.keep": "",
  };
  await withFolder({ ...files, "loose.png": png }, async (folder) => {
    const said: string[] = [];
    const images = await imageFolder(folder, { size: 4, warn: (line) => void said.push(line) });
    deepStrictEqual(images.classes, ["cat"]);
    deepStrictEqual([0, 1].map((i) => images.id!(i)), ["cat/2.png", "cat/deep/er/1.png"]);
    strictEqual(said.length, 1);
    for (const name of ["cat/notes.txt (no image", "loose.png (beside", "dog (an empty folder"]) {
      ok(said[0].includes(name), said[0]);
    }
  });
});

Deno.test("imageFolder: splits are chosen by name, images without folders have no labels", async () => {
  const files = { "test/b/1.png": png, "train/a/1.png": png, "train/b/1.png": png };
  await withFolder(files, async (folder) => {
    const train = await imageFolder(folder, { size: 4 });
    const test = await imageFolder(folder, { size: 4, split: "test" });
    deepStrictEqual([train.length, test.length, test.label(0)], [2, 1, 1]);
    deepStrictEqual(test.classes, train.classes);
    await rejects(
      imageFolder(folder, { size: 4, split: "val" }),
      /no split "val"; it has train, test/,
    );
  });
  await withFolder({ "1.png": png, "2.png": png }, async (folder) => {
    const images = await imageFolder(folder, { size: 4 });
    deepStrictEqual([images.classes, images.length, images.label(1)], [[], 2, -1]);
  });
});

Deno.test("imageFolder: what cannot be read is named, in one line that says what to do", async () => {
  const jpeg = await (await flag(96, 96)).jpeg().toBuffer();
  const faults: [Record<string, Uint8Array | string>, string, RegExp][] = [
    [{ "c/1.jpg": jpeg.subarray(0, jpeg.length / 2) }, "", /c\/1\.jpg .*\(truncated\): .*remove/],
    [{ "c/1.png": "" }, "", /c\/1\.png .*\(the file is empty\): replace or remove/],
    [{ "c/1.png": "a text" }, "", /c\/1\.png .*\(no image\): replace or remove/],
    [{ "c/notes.txt": "text" }, "", /no images in .*: give one folder of images/],
    [{ "1.png": png }, "1.png", /1\.png/],
    [{}, "missing", /missing/],
  ];
  for (const [files, path, message] of faults) {
    await withFolder(
      files,
      (folder) =>
        rejects(imageFolder(join(folder, path), { size: 4 }), (error: Error) => {
          ok(error instanceof Problem, String(error));
          ok(message.test(error.message) && !error.message.includes("\n"), error.message);
          return true;
        }),
    );
  }
  await rejects(imageFolder(".", { size: 0 }), /size is 0: give a whole number/);
});

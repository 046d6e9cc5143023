import { deepStrictEqual, rejects } from "node:assert/strict";
import { jit, jpegCrop, jpegMargin, liveTensors, planarCrop, tf } from "../../lib/engine/mod.ts";
import { byteTensor } from "../../lib/engine/raw.ts";
import { engine } from "../../lib/engine/start.ts";
import vectors from "../vectors/jpeg.json" with { type: "json" };

const ignore = engine.name !== "tensorflow";
const decode = (text: string) => Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
const files = vectors.files as Record<string, string>;
const photograph = decode(files.photograph); // 375 x 500 px

/** A rectangle of a file of that width. */
type Rectangle = { top: number; left: number; height: number; width: number; fileWidth: number };

/** Rectangles of files, resized to squares: [n, x, 3, y]. */
async function crops(
  jpegs: Uint8Array[],
  rectangles: Rectangle[],
  size: number,
): Promise<Float32Array> {
  const crop = jit(
    (jpeg: tf.Tensor, place: tf.Tensor, grid: tf.Tensor) =>
      jpegCrop(jpeg, place as tf.Tensor2D, grid as tf.Tensor2D, size),
    { each: true },
  );
  const places = rectangles.map(({ top, left, height, width, fileWidth }) => {
    const first = Math.max(0, left - jpegMargin);
    const end = Math.min(fileWidth, left + width + jpegMargin);
    return [
      ...[[top, first, height, end - first], [1, 1, height, -1]],
      ...[[0, 0, 0, 3 * (left - first)], [1, 1, height, 3 * width]],
    ];
  });
  const inputs = [
    tf.tensor1d(jpegs as unknown as string[], "string"),
    tf.tensor3d(places, undefined, "int32"),
    tf.tensor3d(
      rectangles.map((
        { height, width },
      ) => [[1, size / height], [0, 0], [1, size / width], [0, 0]]),
    ),
  ] as const;
  try {
    const result = await crop.async(...inputs);
    const values = await result.data() as Float32Array;
    result.dispose();
    return values;
  } finally {
    tf.dispose([...inputs]);
  }
}

Deno.test({
  name: "jpegCrop decodes the very pixels that Pillow decodes, wherever the rectangle ends",
  ignore,
  async fn() {
    const sizes: Record<string, [height: number, width: number]> = {
      photograph: [375, 500],
      gray: [120, 90],
      progressive: [128, 200],
      "full chroma": [90, 121],
    };
    for (const [name, [height, fileWidth]] of Object.entries(sizes)) {
      const rectangles: Rectangle[] = [];
      for (let top = 0; top < height; top += 37) {
        for (let left = 0; left < fileWidth; left += 41) {
          rectangles.push({ top, left, height: 1, width: 1, fileWidth });
        }
      }
      const jpegs = rectangles.map(() => decode(files[name]));
      const theirs = decode(vectors.decoded[name as keyof typeof vectors.decoded]);
      deepStrictEqual([...await crops(jpegs, rectangles, 1)], [...theirs], name);
    }
  },
});

Deno.test({
  name: "jpegCrop and planarCrop resize the same pixels to the same square",
  ignore,
  async fn() {
    // A file's own 9 x 9 pixels, then a part of them by either way.
    const at = { top: 100, left: 200, height: 9, width: 9, fileWidth: 500 };
    const pixels = await crops([photograph], [at], 9); // [x, 3, y]
    const planar = Uint8Array.from({ length: 3 * 81 }, (_, i) => {
      const channel = Math.floor(i / 81), y = Math.floor(i / 9) % 9, x = i % 9;
      return pixels[(x * 3 + channel) * 9 + y];
    });
    const crop = jit(
      (image: tf.Tensor, place: tf.Tensor, grid: tf.Tensor) =>
        planarCrop(image, place as tf.Tensor2D, grid as tf.Tensor2D, 4),
      { each: true },
    );
    const scale = [[1, 4 / 7], [0, 0], [1, 4 / 6], [0, 0]];
    const ours = await crop.async(
      byteTensor(planar, [1, 3, 1, 9, 9]),
      tf.tensor3d([[[0, 0, 1, 2], [3, 1, 7, 6]]], undefined, "int32"),
      tf.tensor3d([scale]),
    );
    const inFile = { top: 101, left: 202, height: 7, width: 6, fileWidth: 500 };
    deepStrictEqual([...await ours.data()], [...await crops([photograph], [inFile], 4)]);
  },
});

Deno.test({
  name: "a broken file, a wrong window and what is no JPEG reject, and nothing is left behind",
  ignore,
  async fn() {
    const whole = { top: 0, left: 0, height: 375, width: 500, fileWidth: 500 };
    const good = await crops([photograph], [whole], 8);
    const huge = photograph.slice(); // says that it has 65,500 x 65,500 pixels
    const frame = huge.findIndex((byte, i) => byte === 0xFF && huge[i + 1] === 0xC0);
    huge.set([0xFF, 0xDC, 0xFF, 0xDC], frame + 5);
    const broken: [Uint8Array, Rectangle][] = [
      [new Uint8Array(0), whole],
      [photograph.subarray(0, 15_000), whole],
      [photograph.subarray(0, 300), whole],
      [new TextEncoder().encode("no picture at all"), whole],
      [photograph, { ...whole, height: 376 }],
      [photograph, { ...whole, left: 490, width: 20, fileWidth: 600 }],
      [huge, { top: 65_000, left: 65_000, height: 400, width: 400, fileWidth: 65_500 }],
    ];
    const before = liveTensors();
    for (const [file, rectangle] of broken) {
      await rejects(crops([photograph, file], [whole, rectangle], 8), /MapDefun/);
    }
    deepStrictEqual(liveTensors(), before);
    deepStrictEqual(await crops([photograph], [whole], 8), good); // the engine goes on
  },
});

Deno.test({
  name: "strings of any length go in and come back",
  ignore,
  async fn() {
    const lengths = [0, 1, 22, 23, 24, 100_000];
    const bytes = lengths.map((length) => Uint8Array.from({ length }, (_, i) => i * 7 & 255));
    const tensor = tf.tensor1d(bytes as unknown as string[], "string");
    const echo = jit((x: tf.Tensor) => x.reshape([2, 3]))(tensor);
    deepStrictEqual(
      (await echo.bytes() as Uint8Array[]).map((b) => [...b]),
      bytes.map((b) => [...b]),
    );
    tf.dispose([tensor, echo]);
  },
});

import { deepStrictEqual, notDeepStrictEqual, ok, rejects, strictEqual } from "node:assert/strict";
import { Problem } from "../../lib/base/problem.ts";
import { prng } from "../../lib/base/prng.ts";
import { liveTensors, type tf } from "../../lib/engine/mod.ts";
import { engine } from "../../lib/engine/start.ts";
import { oneAhead } from "../../lib/training/batches.ts";
import { simclr, weak } from "../../lib/views/policy.ts";
import { makeViews, pairViews } from "../../lib/views/views.ts";
import { held, jpegOf, streamOf } from "./jpeg_set.ts";

const ignore = engine.name !== "tensorflow";

async function valuesOf(tensor: tf.Tensor): Promise<number[]> {
  const values = [...await tensor.data()];
  tensor.dispose();
  return values;
}

const squares = streamOf(
  await Promise.all([1, 2, 3, 4].map(async (seed) => ({
    ...{ jpeg: await jpegOf(seed, 96, 96), height: 96, width: 96 },
  }))),
);
const shapes = [[96, 128], [120, 75], [64, 64], [33, 200]];
const mixed = streamOf(
  await Promise.all(shapes.map(async ([height, width], seed) => ({
    ...{ jpeg: await jpegOf(seed, height, width), height, width },
  }))),
);

Deno.test({
  name: "streamed and held images give the same views: large ones to the bit, small ones to 1e-4",
  ignore,
  async fn() {
    const images = await held(squares, 4, 96);
    for (const [size, bound] of [[32, 1e-4], [64, 0], [100, 0]]) {
      const views = makeViews({ ...simclr(size), solarize: 0.2 });
      const indices = Array.from({ length: 24 }, (_, i) => i % 4);
      const streamed = await valuesOf(await views(squares, indices, prng(5)));
      const inMemory = await valuesOf(await views(images, indices, prng(5)));
      const worst = streamed.reduce((max, x, i) => Math.max(max, Math.abs(x - inMemory[i])), 0);
      ok(worst <= bound, `${size} px: ${worst}`);
    }
  },
});

Deno.test({
  name:
    "a part of a batch has the views that the whole has there, held and streamed, small and large",
  ignore,
  async fn() {
    const images = await held(squares, 4, 96), indices = [0, 1, 2, 3, 1, 0, 2, 2];
    for (const size of [32, 64]) {
      const views = makeViews(simclr(size));
      for (const set of [squares, images]) {
        const whole = await valuesOf(await views(set, indices, prng(9)));
        for (const [from, until] of [[0, 2], [2, 6], [6, 8]]) {
          const part = await views(set, indices, prng(9), { from, until });
          deepStrictEqual(part.shape, [until - from, size, size, 3]);
          const expected = whole.slice(from * size * size * 3, until * size * size * 3);
          const worst = (await valuesOf(part))
            .reduce((max, x, i) => Math.max(max, Math.abs(x - expected[i])), 0);
          ok(worst <= 1e-5, `${size} px, ${from} to ${until}: ${worst}`);
        }
      }
    }
  },
});

Deno.test({
  name: "files of different sizes go into one batch; a view does not depend on the others",
  ignore,
  async fn() {
    const views = makeViews(simclr(40));
    const together = await valuesOf(await views(mixed, [0, 1, 2, 3], prng(2)));
    const length = together.length / 4;
    const alone = await valuesOf(await views(mixed, [0], prng(2)));
    deepStrictEqual(alone, together.slice(0, length));
    notDeepStrictEqual(alone, together.slice(length, 2 * length));
  },
});

Deno.test({
  name: "an anchor's view does not depend on its partner's file",
  ignore,
  async fn() {
    const views = makeViews(weak(40));
    const draw = async (partners: number[]) => {
      const pairs = { anchors: [1, 2], partners };
      const { anchor, partner } = await pairViews(views, mixed, pairs, prng(1));
      return { anchor: await valuesOf(anchor), partner: await valuesOf(partner) };
    };
    const augmented = await draw([1, 2]), semantic = await draw([3, 0]);
    deepStrictEqual(augmented.anchor, semantic.anchor);
    notDeepStrictEqual(augmented.partner, semantic.partner);
  },
});

Deno.test({
  name: "however many batches are made at a time, they are the same",
  ignore,
  async fn() {
    const views = makeViews(simclr(40));
    const make = (step: number) => views(mixed, [step % 4, 1, 2, 3], prng(7).fork(step));
    const steps = [0, 1, 2, 3, 4, 5];
    const oneByOne = [], ahead = [];
    for (const step of steps) oneByOne.push(await valuesOf(await make(step)));
    for await (const batch of oneAhead(steps, make)) ahead.push(await valuesOf(batch));
    const atOnce = await Promise.all(steps.map(async (step) => await valuesOf(await make(step))));
    deepStrictEqual(ahead, oneByOne);
    deepStrictEqual(atOnce, oneByOne);
  },
});

Deno.test({
  name: "all files of a batch are read at the same time",
  ignore,
  async fn() {
    let reading = 0, most = 0;
    const read = async (i: number) => {
      most = Math.max(most, ++reading);
      await new Promise((resolve) => setTimeout(resolve, 0));
      reading--;
      return await mixed.stream.read(i);
    };
    const slow = { ...mixed, stream: { ...mixed.stream, read } };
    (await makeViews(weak(40))(slow, [0, 1, 2, 3, 0, 1, 2, 3], prng(1))).dispose();
    strictEqual(most, 8);
  },
});

Deno.test({
  name: "a broken file is named, nothing is left behind, and the next batch is made",
  ignore,
  async fn() {
    const whole = await mixed.stream.read(0);
    const broken: [string, Uint8Array, RegExp][] = [
      ["empty", new Uint8Array(0), /Input is empty/],
      ["truncated", whole.jpeg.subarray(0, whole.jpeg.length - 900), /crop window/],
      ["no picture", new TextEncoder().encode("<html>404"), /Unknown image file format/],
      ["smaller than said", await jpegOf(1, 20, 20), /crop window/],
    ];
    const views = makeViews(weak(40));
    (await views(mixed, [0, 1], prng(1))).dispose();
    const before = liveTensors();
    for (const [what, jpeg, reason] of broken) {
      const read = (i: number) =>
        i === 2 ? Promise.resolve({ ...whole, jpeg }) : mixed.stream.read(i);
      const extent = (i: number) => mixed.stream.extent(i === 2 ? 0 : i);
      const set = { ...mixed, stream: { extent, read } };
      await rejects(views(set, [0, 1, 2, 3], prng(1)), (error: Error) => {
        ok(error instanceof Problem, what);
        ok(/^files: image photographs\/2\.jpg cannot be decoded \(.*\): /.test(error.message));
        ok(reason.test(error.message), `${what}: ${error.message}`);
        ok(!error.message.includes("\n"));
        return true;
      });
    }
    deepStrictEqual(liveTensors(), before);
    (await views(mixed, [0, 1, 2, 3], prng(1))).dispose();
  },
});

Deno.test({
  name: "a file that cannot be read rejects with its own message",
  ignore,
  async fn() {
    const read = (i: number) =>
      i === 3 ? Promise.reject(new Problem("disk 3 is gone")) : mixed.stream.read(i);
    const set = { ...mixed, stream: { ...mixed.stream, read } };
    const before = liveTensors();
    await rejects(makeViews(weak(40))(set, [0, 3, 1], prng(1)), /^Error: disk 3 is gone$|disk 3/);
    deepStrictEqual(liveTensors(), before);
  },
});

Deno.test({
  name: "without TensorFlow, streaming is a clear error",
  ignore: engine.name === "tensorflow",
  async fn() {
    await rejects(makeViews(weak(40))(mixed, [0], prng(1)), /streaming needs TensorFlow.*ENGINE/);
  },
});

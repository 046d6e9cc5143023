/** Views of JPEG files against Pillow's and torchvision's. */
import { deepStrictEqual, ok } from "node:assert/strict";
import { tf } from "../../lib/engine/mod.ts";
import { engine } from "../../lib/engine/start.ts";
import { renderGroups, type Sources } from "../../lib/views/groups.ts";
import type { ViewParameters } from "../../lib/views/parameters.ts";
import { imagenet } from "../../lib/views/pixels.ts";
import { simclr } from "../../lib/views/policy.ts";
import vectors from "../vectors/jpeg.json" with { type: "json" };

const ignore = engine.name !== "tensorflow";

type Case = Omit<typeof vectors.crops[number], "bytes" | "view"> & {
  view: unknown;
  bytes?: string;
};

Deno.test({
  name: "crops of JPEG files equal Pillow's resize on floats to 0.02 of 255, fractional edges too",
  ignore,
  async fn() {
    for (const example of vectors.crops) {
      const worst = Math.max(...differences(await render(example), fixed(example)));
      ok(worst < 0.02, `${JSON.stringify(example.view)}: ${worst.toFixed(4)} of 255`);
    }
  },
});

Deno.test({
  name: "whole chains from JPEG files equal torchvision's on floats to 0.05 of 255",
  ignore,
  async fn() {
    for (const example of vectors.chains) {
      const worst = Math.max(...differences(await render(example), fixed(example)));
      ok(worst < 0.05, `${JSON.stringify(example.view)}: ${worst.toFixed(4)} of 255`);
    }
  },
});

Deno.test({
  name: "views of JPEG files agree with PIL, which rounds after each step and blurs by boxes",
  ignore,
  async fn() {
    for (const [bound, cases] of [[0.35, vectors.crops], [2.5, vectors.chains]] as const) {
      for (const example of cases as Case[]) {
        if (!example.bytes) continue;
        const off = differences(await render(example), decode(example.bytes));
        const mean = off.reduce((sum, value) => sum + value, 0) / off.length;
        ok(mean < bound, `${JSON.stringify(example.view)}: ${mean.toFixed(3)} of 255`);
      }
    }
  },
});

/** The rows of our view that the vectors have, [3, rows, size], in 0 … 255. */
async function render({ file, size, view, rows, extent, frame }: Case): Promise<Float32Array> {
  const jpeg = decode(vectors.files[file as keyof typeof vectors.files]);
  const pixels = tf.tensor1d([jpeg] as unknown as string[], "string");
  const policy = { ...simclr(size), blur: { probability: 1, sigma: [0, 2] as [number, number] } };
  const sources: Sources = { pixels, kind: "jpeg", extents: [extent], frames: [frame] };
  const views = await renderGroups(policy, sources, [view as ViewParameters]);
  const result = tf.tidy(() => {
    const values = views.mul(imagenet.std).add(imagenet.mean).mul(255);
    return values.squeeze<tf.Tensor3D>([0]).transpose([2, 0, 1]).gather(rows, 1);
  });
  const values = await result.data() as Float32Array;
  tf.dispose([pixels, views, result]);
  return values;
}

function fixed(example: Case): Float32Array {
  const values = new Uint16Array(decode(example.fixed).buffer);
  return Float32Array.from(values, (value) => value / 257);
}

function decode(text: string): Uint8Array {
  return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
}

function differences(a: ArrayLike<number>, b: ArrayLike<number>): number[] {
  deepStrictEqual(a.length, b.length);
  return Array.from(a, (x, i) => Math.abs(x - b[i]));
}

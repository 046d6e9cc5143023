import { deepStrictEqual, ok } from "node:assert/strict";
import { prng } from "../../lib/base/prng.ts";
import { jit, tf } from "../../lib/engine/mod.ts";
import { drawViews, type ViewParameters } from "../../lib/views/parameters.ts";
import { imagenet, renderViews } from "../../lib/views/pixels.ts";
import { simclr } from "../../lib/views/policy.ts";
import { rowLength, toRows } from "../../lib/views/rows.ts";
import vectors from "../vectors/views.json" with { type: "json" };

/**
 * Mean absolute difference from PIL, in 255ths. PIL rounds after each step: a resize to the nearest
 * byte (0.25 on average), a blend downwards (0.5), a hue to a 255th of a turn downwards.
 */
const bounds: Record<string, number> = {
  "resized crop": 0.35,
  brightness: 0.55,
  contrast: 0.75,
  saturation: 0.75,
  hue: 1.5,
  grayscale: 0.35,
  blur: 1,
  solarize: 0.01,
  chain: 1.6,
};

Deno.test("each step alone agrees with PIL", async () => {
  for (const { op, image, size, view, bytes } of vectors.ops) {
    const ours = await render(image, size, [view as ViewParameters]);
    const difference = mean(differences(ours, decode(bytes)));
    ok(difference < bounds[op], `${op} of ${image}: ${difference.toFixed(3)} of 255`);
  }
});

Deno.test("the whole chain agrees with PIL, whatever the order of the jitter", async () => {
  for (const { image, size, view, bytes } of vectors.chains) {
    const ours = await render(image, size, [view as ViewParameters]);
    const difference = mean(differences(ours, decode(bytes)));
    ok(difference < bounds.chain, `${JSON.stringify(view)}: ${difference.toFixed(3)} of 255`);
  }
});

Deno.test("the whole chain equals torchvision's on floats to 0.05 of 255 everywhere", async () => {
  for (const { image, size, view, floats } of vectors.chains) {
    const ours = await render(image, size, [view as ViewParameters]);
    const theirs = new Float32Array(decode(floats).buffer).map((x) => 255 * x);
    const worst = Math.max(...differences(ours, theirs)); // its red weighs 0.2989 in gray, not 0.299
    ok(worst < 0.05, `${JSON.stringify(view)}: ${worst.toFixed(4)} of 255`);
  }
});

Deno.test("a view does not depend on its batch", async () => {
  const views = vectors.chains.slice(0, 4).map(({ view }) => view as ViewParameters);
  const alone = [];
  for (const view of views) alone.push(...await render("china64", 32, [view]));
  const together = await render("china64", 32, views);
  ok(Math.max(...differences(together, alone)) < 1e-3);
});

Deno.test("compiled views equal those of the same code run operation by operation", async () => {
  const views = drawViews(simclr(32), prng(3), { height: 64, width: 64 }, 4);
  const eager = await render("flower64", 32, views);
  const compiled = jit((x: tf.Tensor4D, rows: tf.Tensor2D) => renderViews(x, rows, 32), {
    xla: true,
  });
  ok(Math.max(...differences(await render("flower64", 32, views, compiled), eager)) < 0.01);
});

Deno.test("brightness past the top is clipped before the next step darkens it again", async () => {
  const view = vectors.ops.find(({ op }) => op === "brightness")!.view as ViewParameters;
  const jitter = { ...view.jitter!, brightness: 100, contrast: 0, hue: 0, saturation: 1 };
  const order = ["brightness", "contrast", "saturation", "hue"] as const;
  const values = await render("china32", 32, [{
    ...view,
    jitter: { ...jitter, order: [...order] },
  }]);
  ok(Math.max(...differences(values, Array(values.length).fill(255))) < 0.1, "white stays white");
});

Deno.test("a row has as many numbers as it says", () => {
  const views = drawViews(simclr(32), prng(1), { height: 64, width: 64 }, 20);
  deepStrictEqual(toRows(views).length, 20 * rowLength);
});

function decode(text: string): Uint8Array {
  return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
}

/** Our views of one image, planar like the reference, in 0 … 255. */
async function render(
  name: string,
  size: number,
  views: ViewParameters[],
  renderer = (x: tf.Tensor4D, rows: tf.Tensor2D) => renderViews(x, rows, size),
): Promise<Float32Array> {
  const { height, width, bytes } =
    (vectors.images as Record<string, typeof vectors.images.china32>)[name];
  const result = tf.tidy(() => {
    const x = tf.tensor4d(Float32Array.from(decode(bytes)), [1, 3, height, width]);
    const rows = tf.tensor2d(toRows(views), [views.length, rowLength]);
    const y = renderer(x.tile([views.length, 1, 1, 1]), rows);
    return y.mul(imagenet.std).add(imagenet.mean).mul(255).transpose([0, 3, 1, 2]);
  });
  const values = await result.data() as Float32Array;
  result.dispose();
  return values;
}

function differences(a: ArrayLike<number>, b: ArrayLike<number>): number[] {
  deepStrictEqual(a.length, b.length);
  return Array.from(a, (x, i) => Math.abs(x - b[i]));
}

function mean(x: number[]): number {
  return x.reduce((sum, value) => sum + value, 0) / x.length;
}

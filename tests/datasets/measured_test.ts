import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { withMeasuredFactors } from "../../lib/datasets/measured.ts";
import { toyDataset } from "../pairs/toy_dataset.ts";

/** A 10 x 10 image whose rim has one colour and whose middle another. */
function framed(rim: number[], middle: number[]) {
  const data = new Uint8Array(300);
  for (let k = 0; k < 300; k++) {
    const p = k % 100, x = p % 10, y = Math.floor(p / 10);
    const onRim = x === 0 || y === 0 || x === 9 || y === 9;
    data[k] = (onRim ? rim : middle)[Math.floor(k / 100)];
  }
  return { data, height: 10, width: 10 };
}

const images = [framed([0, 0, 0], [255, 255, 255]), framed([200, 100, 0], [200, 100, 0])];
const dataset = { ...toyDataset([2]), image: (i: number) => images[i] };

Deno.test("measured factors: light, contrast, warmth and background of known pictures", () => {
  const { factors, hash } = withMeasuredFactors(dataset);
  strictEqual(hash, dataset.hash); // who looks at pictures does not change them
  const close = (a: number, b: number) => Math.abs(a - b) < 1e-6;
  const first = factors!(0) as Record<string, number>;
  ok(close(first.light, 0.64) && close(first.background, 0) && close(first.warmth, 0));
  ok(close(first.contrast, 0.48)); // sqrt(.64 * .36)
  const second = factors!(1) as Record<string, number>;
  const luminance = (0.299 * 200 + 0.587 * 100) / 255;
  ok(close(second.light, luminance) && close(second.background, luminance));
  ok(close(second.contrast, 0) && close(second.warmth, 200 / 255));
  deepStrictEqual(factors!(1), second);
});

import { deepStrictEqual, ok } from "node:assert/strict";
import { prng } from "../../lib/base/prng.ts";
import { type Crop, drawCrop, drawViews, type Jitter } from "../../lib/views/parameters.ts";
import { plain, type Range, simclr } from "../../lib/views/policy.ts";
import vectors from "../vectors/views.json" with { type: "json" };

const ratio: Range = [3 / 4, 4 / 3];
const image = { height: 64, width: 64 };

Deno.test("crops are distributed like torchvision's", () => {
  const measures: Record<"top" | "left" | "area" | "logAspect", (crop: Crop) => number> = {
    top: ({ top }) => top,
    left: ({ left }) => left,
    area: ({ height, width }) => height * width,
    logAspect: ({ height, width }) => Math.log(width / height),
  };
  for (const { n, scale, height, width, ...theirs } of vectors.crops) {
    const random = prng(7);
    const crops = Array.from(
      { length: n },
      () => drawCrop({ scale: scale as Range, ratio }, random, { height, width }),
    );
    for (const [name, measure] of Object.entries(measures)) {
      const [mean, deviation] = theirs[name as keyof typeof measures];
      const ours = moments(crops.map(measure));
      const error = (ours.mean - mean) / (deviation * Math.sqrt(2 / n)); // both means are estimates
      const at = `${name} of ${height} x ${width}`;
      ok(Math.abs(error) < 4, `${at}: mean off by ${error.toFixed(2)} standard errors`);
      ok(Math.abs(ours.deviation / deviation - 1) < 0.05, `${at}: deviation ${ours.deviation}`);
    }
  }
});

Deno.test("where no crop fits, it is torchvision's central one", () => {
  for (const { height, width, crop } of vectors.fallbacks) {
    const ours = drawCrop({ scale: [4, 5], ratio }, prng(1), { height, width });
    deepStrictEqual([ours.top, ours.left, ours.height, ours.width], crop);
  }
});

Deno.test("jitter factors fill torchvision's ranges evenly, in all 24 orders", () => {
  const n = 12_000;
  for (const { strength, ...ranges } of vectors.jitter) {
    const { jitter: some, ...rest } = simclr(32, { strength });
    const policy = { ...rest, jitter: { ...some, probability: 1 } };
    const jitters = drawViews(policy, prng(2), image, n).map(({ jitter }) => jitter!);
    for (const [step, range] of Object.entries(ranges)) {
      const [low, high] = range;
      const values = jitters.map((jitter) => jitter[step as keyof typeof ranges]);
      ok(values.every((value) => low <= value && value <= high), `${step} leaves ${range}`);
      const { mean, deviation } = moments(values);
      const error = (mean - (low + high) / 2) / (deviation / Math.sqrt(n));
      ok(Math.abs(error) < 4, `${step}: mean ${mean}`);
      ok(Math.abs(deviation / ((high - low) / Math.sqrt(12)) - 1) < 0.03, `${step}: ${deviation}`);
    }
    const orders = countOrders(jitters);
    deepStrictEqual(orders.length, 24);
    ok(orders.every((count) => Math.abs(count - n / 24) < 4.5 * Math.sqrt(n / 24)), `${orders}`);
  }
});

Deno.test("every step happens as often as the policy says", () => {
  const n = 10_000;
  const policy = { ...simclr(32), solarize: 0.3 };
  const views = drawViews(policy, prng(4), image, n);
  const often = (part: (typeof views)[number][keyof (typeof views)[number]][]) =>
    part.filter(Boolean).length / n;
  const rates: [number, number][] = [
    [often(views.map((view) => view.flip)), 0.5],
    [often(views.map((view) => view.jitter)), 0.8],
    [often(views.map((view) => view.grayscale)), 0.2],
    [often(views.map((view) => view.sigma)), 0.5],
    [often(views.map((view) => view.solarize)), 0.3],
  ];
  for (const [rate, probability] of rates) {
    const error = Math.sqrt(probability * (1 - probability) / n);
    ok(Math.abs(rate - probability) < 4 * error, `${rate}, not ${probability}`);
  }
  const [low, high] = policy.blur.sigma;
  ok(views.every(({ sigma }) => sigma === 0 || low <= sigma && sigma <= high));
});

Deno.test("a fork draws the same views again, and the first of many as of few", () => {
  const draw = (n: number) => drawViews(simclr(32), prng(5).fork("anchor"), image, n);
  deepStrictEqual(draw(8), draw(8));
  deepStrictEqual(draw(3), draw(8).slice(0, 3));
});

Deno.test("the plain policy is the whole image, or its central square", () => {
  const [square] = drawViews(plain(64), prng(6), image, 1);
  deepStrictEqual(square, {
    crop: { top: 0, left: 0, height: 64, width: 64 },
    flip: false,
    jitter: null,
    grayscale: false,
    sigma: 0,
    solarize: false,
  });
  const [wide] = drawViews(plain(64), prng(6), { height: 48, width: 80 }, 1);
  deepStrictEqual(wide.crop, { top: 0, left: 16, height: 48, width: 48 });
});

function moments(values: number[]): { mean: number; deviation: number } {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
  return { mean, deviation: Math.sqrt(variance) };
}

function countOrders(jitters: Jitter[]): number[] {
  const counts = new Map<string, number>();
  for (const { order } of jitters) counts.set(`${order}`, (counts.get(`${order}`) ?? 0) + 1);
  return [...counts.values()];
}

/**
 * View parameters as rows of numbers, the form in which they enter the compiled function.
 *
 * Brightness, contrast and saturation are one operation with three coefficients. With g the
 * grayscale of the current image and m the mean of g,
 *   x <- clip(a x + b g + c m)
 * where (a, b, c) is (f, 0, 0) for brightness f, (f, 0, 1 - f) for contrast and (f, 1 - f, 0) for
 * saturation; (1, 0, 0) changes nothing and (0, 1, 0) makes the image gray. The hue may come at any
 * place among them, so a row holds three such stages before it and four after it (three of the
 * jitter, then grayscale), and those that are not needed change nothing. Every view thus takes the
 * same path through the compiled function and has its steps in the order that was drawn.
 */
import type { Jitter, ViewParameters } from "./parameters.ts";

/** The coefficients (a, b, c) of a stage. */
export type Stage = [image: number, gray: number, mean: number];

const before = 3, after = 4;

/** The single numbers at the start of a row; `sigma` 0 means no blur, `hue` is in turns. */
export const columns = {
  top: 0,
  left: 1,
  height: 2,
  width: 3,
  flip: 4,
  hue: 5,
  sigma: 6,
  solarize: 7,
};

const stagesAt = Object.keys(columns).length;

/** Where the coefficients of each stage start, before and after the change of hue. */
export const stageColumns = {
  beforeHue: Array.from({ length: before }, (_, i) => stagesAt + 3 * i),
  afterHue: Array.from({ length: after }, (_, i) => stagesAt + 3 * (before + i)),
};

/** Numbers a row. */
export const rowLength = stagesAt + 3 * (before + after);

const nothing: Stage = [1, 0, 0];

/**
 * Rows of numbers, [n, {@link rowLength}].
 */
export function toRows(views: ViewParameters[]): Float32Array {
  return Float32Array.from(views.flatMap(toRow));
}

function toRow({ crop, flip, jitter, grayscale, sigma, solarize }: ViewParameters): number[] {
  const hueAt = jitter?.order.indexOf("hue") ?? 0;
  const stages = jitter ? jitter.order.map((step) => stageOf(step, jitter[step])) : [];
  const pad = (
    used: Stage[],
    n: number,
  ) => [...used, ...Array<Stage>(n - used.length).fill(nothing)];
  return [
    crop.top,
    crop.left,
    crop.height,
    crop.width,
    Number(flip),
    jitter?.hue ?? 0,
    sigma,
    Number(solarize),
    ...pad(stages.slice(0, hueAt), before).flat(),
    ...pad(stages.slice(hueAt + 1), after - 1).flat(),
    ...(grayscale ? [0, 1, 0] : nothing),
  ];
}

function stageOf(step: Jitter["order"][number], factor: number): Stage {
  if (step === "contrast") return [factor, 0, 1 - factor];
  if (step === "saturation") return [factor, 1 - factor, 0];
  return [factor, 0, 0];
}

/** Nuisance that can be measured from an image, where its source knows none. */
import type { Dataset, Factors, Image } from "./dataset.ts";

/**
 * The same data set with measured factors: `light` (mean luminance), `contrast` (its standard
 * deviation), `warmth` (red less blue) and `background` (the luminance of the outer tenth of the
 * frame), all in units of a byte's range, 0 … 1. They are properties of the whole picture, not of
 * what is in it: a poor stand-in for known factors, and better than none.
 *
 * @throws {Error} when asked of a data set that is streamed
 */
export function withMeasuredFactors(dataset: Dataset): Dataset {
  const known = new Map<number, Factors>();
  const factors = (i: number) => {
    const found = known.get(i) ?? measure(dataset.image(i));
    known.set(i, found);
    return found;
  };
  return { ...dataset, factors };
}

function measure({ data, height, width }: Image): Factors {
  const area = height * width, rim = Math.max(1, Math.round(Math.min(height, width) / 10));
  let [sum, squares, warmth, border, borderPixels] = [0, 0, 0, 0, 0];
  for (let p = 0; p < area; p++) {
    const [red, green, blue] = [data[p], data[area + p], data[2 * area + p]];
    const luminance = 0.299 * red + 0.587 * green + 0.114 * blue;
    sum += luminance;
    squares += luminance ** 2;
    warmth += red - blue;
    const x = p % width, y = Math.floor(p / width);
    if (x < rim || y < rim || x >= width - rim || y >= height - rim) {
      border += luminance;
      borderPixels++;
    }
  }
  const mean = sum / area;
  return {
    light: mean / 255,
    contrast: Math.sqrt(Math.max(0, squares / area - mean ** 2)) / 255,
    warmth: warmth / area / 255,
    background: border / borderPixels / 255,
  };
}

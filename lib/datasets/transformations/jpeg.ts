/**
 * What JPEG compression takes from an image, as libjpeg does it (baseline, chroma halved in both
 * directions): no file is made, for what follows in it is without loss. In floating point where
 * libjpeg has whole numbers: nearly every byte is the same.
 */
import type { Change } from "./change.ts";
import { toByte } from "./change.ts";

/** @param quality libjpeg's, 1 … 100 */
export function jpegCompression(quality: number): Change {
  const tables = { luma: tableOf(luma, quality), chroma: tableOf(chroma, quality) };
  return ({ data, height, width }) => {
    const [y, blue, red] = toYcc(data, { height, width });
    quantize(y, tables.luma);
    const half = [blue, red].map((plane) => {
      const small = halve(plane);
      quantize(small, tables.chroma);
      return double(small, width);
    });
    return { data: fromYcc(y, half[0], half[1]), height, width };
  };
}

/** Rows of `width` values in 0 … 255. */
interface Plane {
  values: Float32Array;
  height: number;
  width: number;
}

function toYcc(rgb: Uint8Array, { height, width }: { height: number; width: number }): Plane[] {
  const area = height * width;
  const plane = (r: number, g: number, b: number, offset: number): Plane => {
    const values = new Float32Array(area);
    for (let p = 0; p < area; p++) {
      values[p] = toByte(r * rgb[p] + g * rgb[area + p] + b * rgb[2 * area + p] + offset);
    }
    return { values, height, width };
  };
  return [
    plane(0.299, 0.587, 0.114, 0),
    plane(-0.168735892, -0.331264108, 0.5, 128),
    plane(0.5, -0.418687589, -0.081312411, 128),
  ];
}

function fromYcc(y: Plane, blue: Plane, red: Plane): Uint8Array {
  const area = y.values.length, rgb = new Uint8Array(3 * area);
  for (let row = 0, p = 0; row < y.height; row++) {
    for (let x = 0; x < y.width; x++, p++) {
      const q = row * blue.width + x, b = blue.values[q] - 128, r = red.values[q] - 128;
      rgb[p] = toByte(y.values[p] + 1.402 * r);
      rgb[area + p] = toByte(y.values[p] - 0.344136286 * b - 0.714136286 * r);
      rgb[2 * area + p] = toByte(y.values[p] + 1.772 * b);
    }
  }
  return rgb;
}

/**
 * Means of 2 x 2 pixels; halves are rounded down and up in turn, as libjpeg does. Rows are drawn out
 * to whole blocks before the means are taken.
 */
function halve({ values, height, width }: Plane): Plane {
  const small = { height: Math.ceil(height / 2), width: 8 * Math.ceil(width / 16) };
  const at = (y: number, x: number) =>
    values[Math.min(y, height - 1) * width + Math.min(x, width - 1)];
  const halved = new Float32Array(small.height * small.width);
  for (let y = 0, p = 0; y < small.height; y++) {
    for (let x = 0; x < small.width; x++, p++) {
      const left = at(2 * y, 2 * x) + at(2 * y + 1, 2 * x);
      const right = at(2 * y, 2 * x + 1) + at(2 * y + 1, 2 * x + 1);
      halved[p] = left + right + 1 + x % 2 >> 2;
    }
  }
  return { ...small, values: halved };
}

/**
 * Back to the size of the image: a pixel counts 3/4 in what lies in it, its neighbours 1/4.
 *
 * @returns rows of an even width
 */
function double({ values, height, width }: Plane, imageWidth: number): Plane {
  const used = Math.ceil(imageWidth / 2), large = new Float32Array(4 * height * used);
  const clamp = (i: number, n: number) => Math.min(Math.max(i, 0), n - 1);
  for (let y = 0, p = 0; y < 2 * height; y++) {
    const near = y >> 1, far = clamp(near + (y % 2 ? 1 : -1), height);
    const column = (x: number) => 3 * values[near * width + x] + values[far * width + x];
    for (let x = 0; x < 2 * used; x++, p++) {
      const own = x >> 1, other = clamp(own + (x % 2 ? 1 : -1), used);
      large[p] = 3 * column(own) + column(other) + 8 - x % 2 >> 4;
    }
  }
  return { values: large, height: 2 * height, width: 2 * used };
}

/**
 * Rounds the cosine coefficients of every 8 x 8 block to multiples of the table's; in place. Rows are
 * transformed first, back again columns, and what is between keeps the bits that libjpeg keeps: many
 * coefficients lie halfway between two multiples.
 */
function quantize({ values, height, width }: Plane, table: Float32Array): void {
  const a = new Float64Array(64), b = new Float64Array(64);
  for (let top = 0; top < height; top += 8) {
    for (let left = 0; left < width; left += 8) {
      for (let k = 0; k < 64; k++) { // beyond its borders the plane goes on as it ends
        const y = Math.min(top + (k & 7), height - 1), x = Math.min(left + (k >> 3), width - 1);
        a[k] = values[y * width + x] - 128;
      }
      transform(cosines, a, b, 4);
      transform(cosines, b, a, 1 / 4); // 8 times the coefficients
      for (let k = 0; k < 64; k++) {
        const coefficient = a[8 * (k & 7) + (k >> 3)], step = 8 * table[k];
        const steps = Math.floor((Math.abs(coefficient) + step / 2) / step);
        b[k] = Math.sign(coefficient) * steps * table[k];
      }
      transform(inverse, b, a, 4);
      transform(inverse, a, b, 1 / 32);
      for (let k = 0; k < 64; k++) {
        const y = top + (k >> 3), x = left + (k & 7);
        if (y < height && x < width) values[y * width + x] = toByte(b[k] + 128);
      }
    }
  }
}

/** The transposed product of two 8 x 8 matrices, scaled and rounded. */
function transform(a: Float64Array, b: Float64Array, out: Float64Array, scale: number): void {
  for (let i = 0; i < 8; i++) {
    for (let j = 0; j < 8; j++) {
      let sum = 0;
      for (let k = 0; k < 8; k++) sum += a[8 * i + k] * b[8 * k + j];
      out[8 * j + i] = Math.floor(scale * sum + 0.5 + 1e-9);
    }
  }
}

/** The cosine transform of eight values, sqrt(8) times the orthonormal one, and its transpose. */
const cosines = Float64Array.from({ length: 64 }, (_, p) => {
  const frequency = p >> 3, x = p & 7;
  return (frequency ? Math.SQRT2 : 1) * Math.cos((2 * x + 1) * frequency * Math.PI / 16);
});
const inverse = cosines.map((_, p) => cosines[8 * (p & 7) + (p >> 3)]);

/** The standard's tables (ITU-T T.81, annex K), row by row. */
// deno-fmt-ignore
const luma = [
  16, 11, 10, 16, 24, 40, 51, 61,
  12, 12, 14, 19, 26, 58, 60, 55,
  14, 13, 16, 24, 40, 57, 69, 56,
  14, 17, 22, 29, 51, 87, 80, 62,
  18, 22, 37, 56, 68, 109, 103, 77,
  24, 35, 55, 64, 81, 104, 113, 92,
  49, 64, 78, 87, 103, 121, 120, 101,
  72, 92, 95, 98, 112, 100, 103, 99,
];
// deno-fmt-ignore
const chroma = [
  17, 18, 24, 47, 99, 99, 99, 99,
  18, 21, 26, 66, 99, 99, 99, 99,
  24, 26, 56, 99, 99, 99, 99, 99,
  47, 66, 99, 99, 99, 99, 99, 99,
  99, 99, 99, 99, 99, 99, 99, 99,
  99, 99, 99, 99, 99, 99, 99, 99,
  99, 99, 99, 99, 99, 99, 99, 99,
  99, 99, 99, 99, 99, 99, 99, 99,
];

function tableOf(base: number[], quality: number): Float32Array {
  const percent = quality < 50 ? Math.floor(5000 / quality) : 200 - 2 * quality;
  return Float32Array.from(
    base,
    (entry) => Math.min(255, Math.max(1, Math.floor((entry * percent + 50) / 100))),
  );
}

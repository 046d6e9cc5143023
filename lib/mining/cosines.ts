/** Cosines between rows, as they are asked for. */
import type { Rows } from "../evaluation/rows.ts";

/** The cosine of rows i and j; that with a row of zeros is 0. */
export type Cosine = (i: number, j: number) => number;

/** The cosines of rows, whose lengths are computed once. */
export function cosinesOf({ values, width }: Rows): Cosine {
  const product = (i: number, j: number) => {
    let sum = 0;
    for (let p = i * width, q = j * width; p < (i + 1) * width; p++, q++) {
      sum += values[p] * values[q];
    }
    return sum;
  };
  const lengths = Float64Array.from(
    { length: values.length / width },
    (_, i) => Math.max(Math.sqrt(product(i, i)), 1e-12),
  );
  return (i, j) => product(i, j) / (lengths[i] * lengths[j]);
}

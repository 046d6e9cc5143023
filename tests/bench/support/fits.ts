/** Laws that are fitted to what was measured. */
import { Matrix, solve } from "ml-matrix";
import type { Curve, Point } from "./scaling_figure.ts";

/** A curve without its measurements. */
export type Labels = Omit<Curve, "points" | "further">;

/** y = a + b x, by least squares. */
export function straight(labels: Labels, measured: [x: number, y: number][]): Curve {
  const [a, slope] = leastSquares(measured);
  const points = measured.map(([x, y]): Point => ({ x, y, fitted: a + slope * x }));
  return { ...labels, slope, points };
}

/** y = a x^b, by least squares of the logarithms; also at further x, where nothing was measured. */
export function power(
  labels: Labels,
  measured: [x: number, y: number][],
  further: readonly number[] = [],
): Curve {
  const [a, power] = leastSquares(measured.map(([x, y]) => [Math.log(x), Math.log(y)]));
  const fitted = (x: number) => Math.exp(a) * x ** power;
  const points = measured.map(([x, y]): Point => ({ x, y, fitted: fitted(x) }));
  return { ...labels, power, points, further: further.map((x) => ({ x, fitted: fitted(x) })) };
}

function leastSquares(points: [x: number, y: number][]): number[] {
  const design = new Matrix(points.map(([x]) => [1, x]));
  return solve(design, Matrix.columnVector(points.map(([, y]) => y))).to1DArray();
}

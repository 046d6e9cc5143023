/**
 * Singular values of features, and what whitens them, in double precision.
 *
 * By the eigenvalues of Gram matrices, which ml-matrix finds: squares of singular values down to
 * 1e-8 of the largest survive in doubles, but not in the engine's floats, and a matrix of the
 * features' width is soon decomposed: 0.6 s for 512, a minute for 2048.
 */
import { EigenvalueDecomposition, Matrix } from "ml-matrix";
import { forEachProduct } from "./rows.ts";

/** The singular values of [n, width], min(n, width) of them; those within the rounding are 0. */
export function singularValues(x: Float64Array, width: number): number[] {
  const n = x.length / width;
  const { values } = eigen(n <= width ? gram(x, width) : gram(transposed(x, width), n));
  const rounding = Math.max(...values) * Math.max(n, width) * Number.EPSILON;
  return values.map((value) => value > rounding ? Math.sqrt(value) : 0);
}

/**
 * A map of rows, after which the given ones have no correlations and, in every direction that they
 * vary in, one variance. Directions with less than 1e-10 of the largest variance are left out: they
 * are the rounding of single precision.
 *
 * @param centred [n, width] rows with a mean of 0
 * @returns the map of [m, width] to [m, directions]; `directions` is 0 where all rows are equal
 */
export function whitening(
  centred: Float64Array,
  width: number,
): { directions: number; whiten: (x: Float64Array) => Matrix } {
  const n = centred.length / width;
  const { values, vectors } = eigen(gram(transposed(centred, width), n).div(n - 1));
  const most = Math.max(...values);
  const kept = [...values.keys()].filter((k) => values[k] > 1e-10 * most && most > 1e-20);
  const map = new Matrix(width, kept.length);
  kept.forEach((k, column) => map.setColumn(column, vectors.getColumnVector(k)));
  kept.forEach((k, column) => map.mulColumn(column, 1 / Math.sqrt(values[k])));
  return {
    directions: kept.length,
    whiten: (x) => Matrix.from1DArray(x.length / width, width, x).mmul(map),
  };
}

function eigen(symmetric: Matrix): { values: number[]; vectors: Matrix } {
  const { realEigenvalues, eigenvectorMatrix } = new EigenvalueDecomposition(symmetric, {
    assumeSymmetric: true,
  });
  return { values: realEigenvalues, vectors: eigenvectorMatrix };
}

/** The inner products of all rows. */
function gram(x: Float64Array, width: number): Matrix {
  const n = x.length / width;
  const products = new Matrix(n, n);
  forEachProduct(x, width, (i, j, product) => {
    products.set(i, j, product);
    products.set(j, i, product);
  });
  return products;
}

function transposed(x: Float64Array, width: number): Float64Array {
  const n = x.length / width;
  return Float64Array.from(x, (_, at) => x[at % n * width + Math.floor(at / n)]);
}

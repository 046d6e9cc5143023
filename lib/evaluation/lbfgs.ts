/** L-BFGS, for smooth convex functions of some thousand variables. */

/** The value of a function at a point, and its gradient there. */
export interface Evaluation {
  value: number;
  gradient: Float64Array;
}

/** Where a search ended. */
export interface Minimum extends Evaluation {
  x: Float64Array;
  iterations: number;
  /** Whether the gradient is small enough; else the iterations or the precision ran out. */
  converged: boolean;
}

/** A step that was taken, and how the gradient changed along it. */
type Step = { s: Float64Array; y: Float64Array };

/**
 * Minimises a function from a starting point.
 *
 * The direction is that of limited-memory BFGS; the step length fulfils the weak Wolfe conditions,
 * found by bisection, which keeps the curvature of each remembered step positive.
 *
 * @param tolerance stop when no component of the gradient is larger
 * @param memory steps remembered
 * @see Nocedal & Wright 2006, "Numerical Optimization", algorithms 7.4 and 7.5
 * @example
 * ```ts
 * import { ok } from "node:assert/strict";
 * const parabola = (x: Float64Array) =>
 *   Promise.resolve({ value: (x[0] - 3) ** 2, gradient: Float64Array.of(2 * (x[0] - 3)) });
 * const { x } = await minimize(parabola, Float64Array.of(0));
 * ok(Math.abs(x[0] - 3) < 1e-4);
 * ```
 */
export async function minimize(
  f: (x: Float64Array) => Promise<Evaluation>,
  start: Float64Array,
  { tolerance = 1e-4, maxIterations = 1000, memory = 10 }: {
    tolerance?: number;
    maxIterations?: number;
    memory?: number;
  } = {},
): Promise<Minimum> {
  let x = start;
  let at = await f(x);
  const steps: Step[] = [];
  for (let iterations = 0;; iterations++) {
    const converged = at.gradient.every((g) => Math.abs(g) <= tolerance);
    if (converged || iterations === maxIterations) return { x, ...at, iterations, converged };
    const found = await lineSearch(f, x, at, direction(at.gradient, steps));
    // No lower point along a direction of descent: the function's own rounding has been reached.
    if (!found) return { x, ...at, iterations, converged };
    steps.push({ s: add(found.x, x, -1), y: add(found.at.gradient, at.gradient, -1) });
    if (steps.length > memory) steps.shift();
    ({ x, at } = found);
  }
}

/** -H g, with H the inverse Hessian that the remembered steps suggest (two-loop recursion). */
function direction(gradient: Float64Array, steps: Step[]): Float64Array {
  let q: Float64Array = gradient.map((g) => -g);
  const weights: number[] = [];
  for (const { s, y } of steps.toReversed()) {
    const weight = dot(s, q) / dot(s, y);
    weights.unshift(weight);
    q = add(q, y, -weight);
  }
  const newest = steps.at(-1);
  const scale = newest
    ? dot(newest.s, newest.y) / dot(newest.y, newest.y)
    : Math.min(1, 1 / Math.sqrt(dot(gradient, gradient)));
  q = q.map((v) => v * scale);
  steps.forEach(({ s, y }, i) => q = add(q, s, weights[i] - dot(y, q) / dot(s, y)));
  return q;
}

/**
 * A point along the direction that is low enough (Armijo) and no longer falls steeply (curvature).
 *
 * @see Lewis & Overton 2013, "Nonsmooth optimization via quasi-Newton methods", algorithm 2.6
 */
async function lineSearch(
  f: (x: Float64Array) => Promise<Evaluation>,
  x: Float64Array,
  { value, gradient }: Evaluation,
  d: Float64Array,
): Promise<{ x: Float64Array; at: Evaluation } | undefined> {
  const slope = dot(gradient, d);
  let low = 0, high = Infinity, length = 1;
  for (let tries = 0; tries < 30; tries++) {
    const there = add(x, d, length);
    const at = await f(there);
    if (!(at.value <= value + 1e-4 * length * slope)) high = length;
    else if (dot(at.gradient, d) < 0.9 * slope) low = length;
    else return { x: there, at };
    length = high < Infinity ? (low + high) / 2 : 2 * low;
  }
  return undefined;
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i] * b[i];
  return sum;
}

/** a + factor b; a plain loop, several times as fast as map. */
function add(a: Float64Array, b: Float64Array, factor: number): Float64Array {
  const sum = new Float64Array(a.length);
  for (let i = 0; i < a.length; i++) sum[i] = a[i] + factor * b[i];
  return sum;
}

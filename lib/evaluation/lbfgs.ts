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

/** A step s that was taken, how the gradient changed along it, y, and their product. */
type Step = { s: Float64Array; y: Float64Array; sy: number };

/**
 * Minimises a function from a starting point.
 *
 * The direction is that of limited-memory BFGS; the step length fulfils the weak Wolfe conditions,
 * which keeps the curvature of each remembered step positive. It is found by bisection or, where
 * values are noisy, by the slopes, which takes fewer evaluations.
 *
 * @param tolerance stop when no component of the gradient is larger
 * @param memory steps remembered
 * @param noise relative error of the values: a rise by less is none; slopes are taken to be exact
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
  { tolerance = 1e-4, maxIterations = 1000, memory = 10, noise = 0 }: {
    tolerance?: number;
    maxIterations?: number;
    memory?: number;
    noise?: number;
  } = {},
): Promise<Minimum> {
  let x = start;
  let at = await f(x);
  const steps: Step[] = [];
  for (let iterations = 0;; iterations++) {
    const converged = at.gradient.every((g) => Math.abs(g) <= tolerance);
    if (converged || iterations === maxIterations) return { x, ...at, iterations, converged };
    const found = await lineSearch(f, x, at, direction(at.gradient, steps), noise);
    // No lower point along a direction of descent: the function's own rounding has been reached.
    if (!found) return { x, ...at, iterations, converged };
    const s = sum(found.x, x, -1), y = sum(found.at.gradient, at.gradient, -1);
    steps.push({ s, y, sy: dot(s, y) });
    if (steps.length > memory) steps.shift();
    ({ x, at } = found);
  }
}

/** -H g, with H the inverse Hessian that the remembered steps suggest (two-loop recursion). */
function direction(gradient: Float64Array, steps: Step[]): Float64Array {
  const q = gradient.map((g) => -g);
  const weights: number[] = [];
  for (const { s, y, sy } of steps.toReversed()) {
    const weight = dot(s, q) / sy;
    weights.unshift(weight);
    increase(q, y, -weight);
  }
  const newest = steps.at(-1);
  const scale = newest
    ? newest.sy / dot(newest.y, newest.y)
    : Math.min(1, 1 / Math.sqrt(dot(gradient, gradient)));
  for (let i = 0; i < q.length; i++) q[i] *= scale;
  steps.forEach(({ s, y, sy }, i) => increase(q, s, weights[i] - dot(y, q) / sy));
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
  noise: number,
): Promise<{ x: Float64Array; at: Evaluation } | undefined> {
  const slope = dot(gradient, d);
  const highest = value + noise * Math.abs(value);
  let low: OnLine = { length: 0, slope }, high: OnLine | undefined, length = 1;
  for (let tries = 0; tries < 30; tries++) {
    const there = sum(x, d, length);
    const at = await f(there);
    const here = { length, slope: dot(at.gradient, d) };
    const tooFar = !(at.value <= highest + 1e-4 * length * slope);
    if (!tooFar && !(here.slope < 0.9 * slope)) return { x: there, at };
    const level = tooFar || !high ? levelOf(low, here) : levelOf(here, high);
    if (tooFar) high = here;
    else low = here;
    length = high ? (low.length + high.length) / 2 : 2 * low.length;
    const guessed = high ? level : Math.min(level, 100 * low.length);
    const between = guessed > low.length && guessed < (high?.length ?? Infinity);
    if (noise > 0 && between && tries % 3 < 2) length = guessed; // a half now and then
  }
  return undefined;
}

/** A point on the line, and the slope there. */
type OnLine = { length: number; slope: number };

/** Where the slope is 0 if it changes evenly, as that of a parabola does. */
function levelOf(a: OnLine, b: OnLine): number {
  return a.length - a.slope * (b.length - a.length) / (b.slope - a.slope);
}

function dot(a: Float64Array, b: Float64Array): number {
  let total = 0;
  for (let i = 0; i < a.length; i++) total += a[i] * b[i];
  return total;
}

/** a + factor b; a plain loop, several times as fast as map. */
function sum(a: Float64Array, b: Float64Array, factor: number): Float64Array {
  const sum = new Float64Array(a.length);
  for (let i = 0; i < a.length; i++) sum[i] = a[i] + factor * b[i];
  return sum;
}

/** a += factor b. */
function increase(a: Float64Array, b: Float64Array, factor: number): void {
  for (let i = 0; i < a.length; i++) a[i] += factor * b[i];
}

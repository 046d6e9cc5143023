import { ok, strictEqual } from "node:assert/strict";
import { type Evaluation, minimize } from "../../lib/evaluation/lbfgs.ts";
import { close } from "../vectors/inputs.ts";

/** Counts how often a function is evaluated. */
function counted(f: (x: Float64Array) => Evaluation) {
  let evaluations = 0;
  const count = (x: Float64Array) => {
    evaluations++;
    return Promise.resolve(f(x));
  };
  return { count, evaluations: () => evaluations };
}

/** sum_i (1 - x_i)^2 + 100 (x_{i+1} - x_i^2)^2, whose minimum is at the end of a curved valley. */
function rosenbrock(x: Float64Array): Evaluation {
  let value = 0;
  const gradient = new Float64Array(x.length);
  for (let i = 0; i + 1 < x.length; i++) {
    const [flat, valley] = [1 - x[i], x[i + 1] - x[i] ** 2];
    value += flat ** 2 + 100 * valley ** 2;
    gradient[i] -= 2 * flat + 400 * x[i] * valley;
    gradient[i + 1] += 200 * valley;
  }
  return { value, gradient };
}

Deno.test("L-BFGS finds the minimum of a badly scaled parabola", async () => {
  const scales = [1, 10, 100, 1000, 1e4];
  const f = (x: Float64Array) => ({
    value: scales.reduce((sum, s, i) => sum + s * (x[i] - i) ** 2 / 2, 0),
    gradient: Float64Array.from(scales, (s, i) => s * (x[i] - i)),
  });
  const { x, converged } = await minimize(counted(f).count, new Float64Array(5), {
    tolerance: 1e-8,
  });
  ok(converged);
  close(x, [0, 1, 2, 3, 4], 1e-8, "x");
});

Deno.test("L-BFGS walks through Rosenbrock's valley in few evaluations", async () => {
  const { count, evaluations } = counted(rosenbrock);
  const { x, value } = await minimize(count, new Float64Array(10), { tolerance: 1e-6 });
  close(x, new Array(10).fill(1), 1e-6, "x");
  ok(value < 1e-12);
  ok(evaluations() < 150, `${evaluations()} evaluations`); // scipy's L-BFGS-B takes 81
});

Deno.test("L-BFGS stops at the limit of iterations and says so", async () => {
  const { count } = counted(rosenbrock);
  const { converged, iterations } = await minimize(count, new Float64Array(10), {
    maxIterations: 3,
  });
  strictEqual(converged, false);
  strictEqual(iterations, 3);
});

Deno.test("L-BFGS ends where rounding hides every descent", async () => {
  // Values in steps of a tenth: no step shows less, though the gradient says that there is.
  const coarse = (x: Float64Array) => ({
    value: Math.round(10 * x[0] ** 2) / 10,
    gradient: Float64Array.of(2 * x[0] + 0.1),
  });
  const { converged } = await minimize(counted(coarse).count, Float64Array.of(0.01));
  strictEqual(converged, false);
});

Deno.test("L-BFGS goes on through noise that it is told of, by the slopes", async () => {
  // Values in steps of 1e-3; of them alone, most steps towards the minimum show nothing.
  const scales = [1, 10, 100];
  const coarse = (x: Float64Array) => ({
    value: Math.round(1e3 * scales.reduce((sum, s, i) => sum + s * (x[i] - i) ** 2 / 2, 1)) / 1e3,
    gradient: Float64Array.from(scales, (s, i) => s * (x[i] - i)),
  });
  const start = new Float64Array(3);
  const told = await minimize(counted(coarse).count, start, { tolerance: 1e-6, noise: 1e-3 });
  ok(told.converged);
  close(told.x, [0, 1, 2], 1e-6, "x");
  const untold = await minimize(counted(coarse).count, start, { tolerance: 1e-6 });
  strictEqual(untold.converged, false);
});

Deno.test("L-BFGS finds the length of its first step by slopes in few evaluations", async () => {
  for (const scale of [1e-4, 1e4]) { // much too short and much too far at first
    const f = (x: Float64Array) => ({
      value: scale * (x[0] - 1) ** 2 / 2,
      gradient: Float64Array.of(scale * (x[0] - 1)),
    });
    const { count, evaluations } = counted(f);
    const { converged } = await minimize(count, new Float64Array(1), {
      tolerance: 1e-9,
      noise: 1e-7,
    });
    ok(converged);
    ok(evaluations() <= 6, `${evaluations()} evaluations`);
  }
});

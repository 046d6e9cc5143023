import { ok, strictEqual, throws } from "node:assert/strict";
import { Problem } from "../../lib/base/problem.ts";
import { tf } from "../../lib/engine/mod.ts";
import { sinkhorn } from "../../lib/methods/sinkhorn.ts";
import { close, tensor } from "../vectors/inputs.ts";
import reference from "../vectors/clustering.json" with { type: "json" };

const usual = { epsilon: 0.05, iterations: 3 };
const scores = (n: number, k: number) => tensor<tf.Tensor2D>("scores", [n, k]);

Deno.test("sinkhorn equals lightly's codes", async () => {
  for (const { shape: [n, k], epsilon, iterations, codes } of reference.sinkhorn) {
    close(await sinkhorn(scores(n, k), { epsilon, iterations }).data(), codes, 1e-5, "codes");
  }
});

Deno.test("sinkhorn equals scaling columns and rows in turn", async () => {
  const [n, k, epsilon, iterations] = [5, 3, 0.3, 4];
  const q = (await scores(n, k).array()).map((row) => row.map((v) => Math.exp(v / epsilon)));
  for (let t = 0; t < iterations; t++) {
    for (let j = 0; j < k; j++) {
      const sum = q.reduce((total, row) => total + row[j], 0);
      for (const row of q) row[j] /= sum;
    }
    for (const row of q) {
      const sum = row.reduce((a, b) => a + b);
      for (let j = 0; j < k; j++) row[j] /= sum;
    }
  }
  close(await sinkhorn(scores(n, k), { epsilon, iterations }).data(), q.flat(), 1e-5, "codes");
});

Deno.test("sinkhorn: after many iterations the clusters are of equal size", async () => {
  const codes = sinkhorn(scores(8, 4), { epsilon: 0.2, iterations: 200 });
  close(await codes.sum(1).data(), Array(8).fill(1), 1e-5, "samples");
  close(await codes.sum(0).data(), Array(4).fill(2), 1e-5, "clusters");
});

Deno.test("sinkhorn: a sample of weight 0 does not change the others' codes", async () => {
  const all = scores(7, 3);
  const some = all.slice([0, 0], [4, 3]) as tf.Tensor2D;
  const firstFour = async (weights?: number[]) => {
    const codes = sinkhorn(all, usual, weights && tf.tensor1d(weights));
    return await codes.slice([0, 0], [4, 3]).data();
  };
  const alone = await sinkhorn(some, usual).data();
  close(await firstFour([1, 1, 1, 1, 0, 0, 0]), alone, 1e-6, "weight 0");
  const together = await firstFour();
  close(await firstFour(Array(7).fill(1)), together, 1e-6, "weight 1");
  ok(together.some((v, i) => Math.abs(v - alone[i]) > 0.01));
});

Deno.test("sinkhorn: codes do not change when a prototype suits every sample better", async () => {
  const shifted = scores(6, 3).add(tf.tensor1d([0.7, 0, -0.2])) as tf.Tensor2D;
  const codes = await sinkhorn(scores(6, 3), usual).data();
  close(await sinkhorn(shifted, usual).data(), codes, 1e-5, "codes");
});

Deno.test("sinkhorn stays finite where exp(scores / epsilon) would not", async () => {
  const codes = await sinkhorn(scores(6, 4), { epsilon: 1e-4, iterations: 3 }).data();
  ok(codes.every((v) => v >= 0 && v <= 1));
  strictEqual(Math.round(Array.from(codes).reduce((a, b) => a + b)), 6);
});

Deno.test("sinkhorn of one sample, or with options that divide by 0, is a clear error", () => {
  const refused = (pattern: RegExp) => (error: Error) =>
    error instanceof Problem && pattern.test(error.message);
  throws(() => sinkhorn(scores(1, 3), usual), refused(/batch of 1 pair.*batchSize/));
  throws(() => sinkhorn(scores(4, 3), { ...usual, epsilon: 0 }), refused(/epsilon is 0.*above 0/));
  throws(() => sinkhorn(scores(4, 3), { ...usual, iterations: 0 }), refused(/iterations is 0/));
});

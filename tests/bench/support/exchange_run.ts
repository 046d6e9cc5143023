/** A worker that exchanges gradients step after step: what tests/bench/cluster.ts asks. */
import { jit, joinCluster, tf, valueAndGradients, type Workers } from "../../../lib/engine/mod.ts";
import { shareGradients, type Sharing } from "../../../lib/training/share_gradients.ts";
import { median } from "./rounds.ts";

/** What is asked of each worker: steps on so many megabytes of gradients, in tensors of four. */
export type ExchangeRequest = {
  workers: Workers;
  megabytes: number;
  wire: Sharing["wire"];
  steps: number;
};

const { workers, megabytes, wire, steps }: ExchangeRequest = JSON.parse(Deno.args[0]);
const alone = workers.addresses.length === 1;
const cluster = alone ? undefined : await joinCluster(workers, { patience: 60 });

/** Steps that do not count: the first one traces. */
const WARM = 3;

/** The gradient of x |p|^2 / 2, x p, is about as quick to compute as to write. */
const step = jit((params: tf.Tensor[], x: tf.Scalar) => {
  const { gradients } = valueAndGradients((params: tf.Tensor[]) => {
    const squares = params.map((p) => p.square().sum());
    return { value: tf.addN(squares).mul(x).div(2) as tf.Scalar, aux: {} };
  }, params);
  const sharing: Sharing = { workers: workers.addresses.length, wire };
  return shareGradients({ gradients, stats: {} }, { replicas: cluster?.replicas, sharing })
    .gradients;
});

const params = Array.from({ length: Math.max(1, megabytes / 4) }, (_, i) => {
  return tf.fill([megabytes < 4 ? megabytes * 2 ** 18 : 2 ** 20], 1e-3 * (i + 1));
});
const x = tf.scalar(1), times: number[] = [];
for (let i = 0; i < steps + WARM; i++) {
  const start = performance.now();
  const gradients = await step.async(params, x);
  if (i >= WARM) times.push(performance.now() - start);
  tf.dispose(gradients);
}
await cluster?.leave();
console.log(JSON.stringify({ milliseconds: median(times) }));

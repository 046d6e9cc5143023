/** What only shows in a process of its own: leaks, and how it ends. */
import { deepStrictEqual, match, ok, strictEqual } from "node:assert/strict";
import { pathToFileURL } from "node:url";
import { join } from "@std/path";
import { checkout } from "../../lib/base/files.ts";

const engine = pathToFileURL(join(checkout, "lib", "engine", "mod.ts")).href;

async function run(code: string) {
  const { code: exit, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [
      "eval",
      "--config",
      join(checkout, "deno.json"),
      `import { jit, liveTensors, tf } from "${engine}";\n${code}`,
    ],
    env: { NO_COLOR: "1" },
  }).output();
  const decode = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return { exit, stdout: decode(stdout), stderr: decode(stderr) };
}

Deno.test("an uncaught error prints its text and exits 1 while the engine's threads run", async () => {
  const { exit, stderr } = await run(`
    const x = tf.randomNormal([256, 256]);
    for (let i = 0; i < 10; i++) tf.matMul(x, x);
    throw new Error("the text of the error");`);
  strictEqual(exit, 1);
  match(stderr, /the text of the error/);
});

Deno.test("a call in flight does not break the exit", async () => {
  const { exit, stderr } = await run(`
    const square = jit((x) => tf.matMul(tf.matMul(x, x), x));
    square.async(tf.ones([600, 600]));
    Deno.exit(3);`);
  strictEqual(exit, 3, stderr);
});

Deno.test("no leak: handles, tensors and memory after 500 steps are what they were", async () => {
  const { exit, stdout, stderr } = await run(`
    const step = jit(({ w }, x) => {
      const loss = (w) => tf.conv2d(x, w, 1, "same").square().mean();
      const { value, grads: [gradient] } = tf.valueAndGrads(loss)([w]);
      return { state: { w: w.sub(gradient.mul(0.01)) }, loss: value };
    }, { donate: [0] });
    let state = { w: tf.randomNormal([3, 3, 8, 8]) };
    const pixels = new Float32Array(32 * 32 * 32 * 8);
    const report = [];
    for (let i = 1; i <= 500; i++) {
      const x = tf.tensor(pixels, [32, 32, 32, 8]);
      const result = i % 2 ? step(state, x) : await step.async(state, x);
      state = result.state;
      await result.loss.data();
      tf.dispose([x, result.loss]);
      if (i === 5 || i === 500) report.push({ ...liveTensors(), rss: Deno.memoryUsage().rss });
    }
    console.log(JSON.stringify(report));`);
  strictEqual(exit, 0, stderr);
  const [early, late] = JSON.parse(stdout);
  deepStrictEqual(
    { tensors: late.tensors, handles: late.handles },
    { tensors: early.tensors, handles: early.handles },
  );
  const growth = late.rss / early.rss;
  ok(growth < 1.05, `resident memory grew by ${(100 * (growth - 1)).toFixed(1)} %`);
});

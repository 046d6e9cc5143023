/** What only shows in processes of their own: numbers of threads, and memory. */
import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { join } from "@std/path";
import { engine } from "../../lib/engine/start.ts";

const ignore = engine.name !== "tensorflow";

async function child(task: string, env: Record<string, string> = {}) {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", join(import.meta.dirname!, "streamed_child.ts"), task],
    env,
  }).output();
  strictEqual(code, 0, new TextDecoder().decode(stderr));
  return JSON.parse(new TextDecoder().decode(stdout));
}

Deno.test({
  name: "the same seed gives the same views, to the bit, whatever the number of threads",
  ignore,
  async fn() {
    const threads = (n: string) => ({ TF_NUM_INTRAOP_THREADS: n, TF_NUM_INTEROP_THREADS: n });
    const one = await child("hash", threads("1"));
    deepStrictEqual(await child("hash", threads("2")), one);
    deepStrictEqual(await child("hash", threads("5")), one);
  },
});

Deno.test({
  name: "no leak: tensors and memory after 200 streamed batches are what they were after 40",
  ignore,
  async fn() {
    const [early, late] = await child("memory");
    deepStrictEqual([late.tensors, late.handles], [early.tensors, early.handles]);
    const growth = late.rss / early.rss;
    ok(growth < 1.05, `resident memory grew by ${(100 * (growth - 1)).toFixed(1)} %`);
  },
});

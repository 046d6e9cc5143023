import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { resolveMethod } from "../../lib/methods/index.ts";

Deno.test("random initialisation has no heads, no average, and no loss to train on", () => {
  const { method, options } = resolveMethod({ name: "random" });
  deepStrictEqual(method.heads({ features: 6, classes: 4 }, options), {});
  deepStrictEqual([method.momentum, method.memory, method.loss], [undefined, undefined, null]);
  strictEqual(method.title, "Random initialisation");
});

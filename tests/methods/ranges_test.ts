import { throws } from "node:assert/strict";
import { infoNce } from "../../lib/methods/info_nce.ts";
import { requirePairs, requirePositive } from "../../lib/methods/ranges.ts";
import { ntXent } from "../../lib/methods/simclr.ts";
import { supConLoss } from "../../lib/methods/supcon.ts";
import { tensor } from "../vectors/inputs.ts";
import { tf } from "../../lib/engine/mod.ts";

Deno.test("what is not above 0 is refused by its name", () => {
  requirePositive("X", { a: 1, b: 1e-9 });
  for (const bad of [0, -1, NaN, Infinity]) {
    throws(() => requirePositive("X", { a: 1, b: bad }), {
      name: "Problem",
      message: `X: b is ${bad}; choose a number above 0`,
    });
  }
});

Deno.test("a batch of one pair is refused with the reason", () => {
  requirePairs("X", 2, "has no use");
  throws(() => requirePairs("X", 1, "has no use"), {
    name: "Problem",
    message: "X: a batch of 1 pair has no use; use a batchSize of 2 or more",
  });
});

Deno.test("contrastive losses refuse a temperature of 0 before it makes NaN of the loss", () => {
  const [a, b] = ["anchor", "partner"].map((name) => tensor<tf.Tensor2D>(name, [3, 4]));
  const labels = tf.tensor1d([0, 1, 1], "int32");
  const temperature = 0;
  throws(() => infoNce(a, b, b, { temperature }), /InfoNCE: temperature is 0/);
  throws(() => ntXent(a, b, { temperature }), /NT-Xent: temperature is 0/);
  throws(() => supConLoss(a, b, { labels, temperature }), /SupCon: temperature is 0/);
});

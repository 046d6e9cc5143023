import { tf } from "../../lib/engine/mod.ts";
import { featureStd } from "../../lib/evaluation/geometry.ts";
import { l2Normalize, spread } from "../../lib/methods/normalize.ts";
import { close, tensor, uniform } from "../vectors/inputs.ts";

Deno.test("l2Normalize: rows of length 1, a row of zeros as it is", async () => {
  const rows = l2Normalize(tf.tensor2d([[3, 4], [0, 0], [0, -2]]));
  close(await rows.data(), [0.6, 0.8, 0, 0, 0, -1], 1e-6, "rows");
});

Deno.test("spread equals featureStd, which is held against lightly's", async () => {
  const values = uniform("spread", 9 * 5);
  const expected = featureStd({ values, width: 5 });
  close(await spread(tensor("spread", [9, 5])).data(), [expected], 1e-5, "spread");
});

Deno.test("spread is 0 where all point one way, whatever their lengths", async () => {
  const line = tf.tensor2d([[1, 2], [2, 4], [0.5, 1]]);
  const [value] = await spread(line).data();
  close([1 + value], [1], 1e-6, "spread");
});

import { tf } from "../../../lib/engine/mod.ts";
import { smoothL1 } from "../../../lib/models/faster_rcnn/smooth_l1.ts";
import { close } from "../../vectors/inputs.ts";

Deno.test("smoothL1: quadratic below b, linear beyond, both meet there", async () => {
  const x = tf.tensor1d([-3, -0.5, -0.1, 0, 0.25, 0.5, 2]);
  const expected = [2.75, 0.25, 0.01, 0, 0.0625, 0.25, 1.75];
  close(await smoothL1(x, 0.5).data(), expected, 1e-6, "b = 0.5");
  close(await smoothL1(x, 0).data(), await x.abs().data(), 1e-6, "b = 0");
  const slope = (b: number) => tf.grad((x: tf.Tensor) => smoothL1(x, b).sum())(x).data();
  close(await slope(0.5), [-1, -1, -0.2, 0, 0.5, 1, 1], 1e-6, "slope at b = 0.5");
});

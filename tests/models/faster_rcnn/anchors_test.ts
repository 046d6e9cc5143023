import { tf } from "../../../lib/engine/mod.ts";
import { anchors } from "../../../lib/models/faster_rcnn/anchors.ts";
import { pairwiseIou } from "../../../lib/models/box_geometry.ts";
import { close } from "../../vectors/inputs.ts";
import reference from "../../vectors/faster_rcnn.json" with { type: "json" };

Deno.test("anchors: equal torchvision's without rounding", async () => {
  const { boxes, ...shapes } = reference.anchors;
  close(await anchors(shapes, shapes).data(), boxes, 1e-6, "anchors");
});

Deno.test("anchors: a size is the root of the area, a ratio height / width", async () => {
  const [box] = await anchors({ sizes: [8], ratios: [4] }, { height: 1, width: 1, stride: 16 })
    .array();
  close(box, [-2, -8, 2, 8], 1e-6, "the anchor");
  const one = tf.tensor3d([[[-2, -8, 2, 8]]]);
  close(await pairwiseIou(one, tf.tensor3d([[box]])).data(), [1], 1e-6, "overlap");
});

import { ok } from "node:assert/strict";
import { tf } from "../../../lib/engine/mod.ts";
import { type CodeWeights, decode, encode } from "../../../lib/models/faster_rcnn/box_coding.ts";
import { close } from "../../vectors/inputs.ts";
import reference from "../../vectors/faster_rcnn.json" with { type: "json" };

const rows = (numbers: number[]) => tf.tensor2d(numbers, [numbers.length / 4, 4]);

Deno.test("box coding: codes and boxes equal torchvision's, very large growth too", async () => {
  for (const { weights, boxes, anchors, encoded, codes, decoded } of reference.coding) {
    const factors = weights as unknown as CodeWeights;
    close(await encode(rows(boxes), rows(anchors), factors).data(), encoded, 1e-5, "codes");
    close(await decode(rows(codes), rows(anchors), factors).data(), decoded, 1e-5, "boxes");
  }
});

Deno.test("box coding: decoding is the inverse of encoding, anchors broadcast", async () => {
  const { weights, boxes, anchors } = reference.coding[1];
  const factors = weights as unknown as CodeWeights;
  const codes = encode(rows(boxes), rows(anchors), factors);
  const both = tf.stack([codes, codes], 1); // [12, 2, 4]
  const decoded = decode(both, rows(anchors).expandDims(1), factors);
  const expected = boxes.flatMap((_, i) => i % 4 ? [] : [0, 1].map(() => boxes.slice(i, i + 4)));
  close(await decoded.data(), expected.flat(), 1e-5, "boxes");
});

Deno.test("box coding: empty boxes, as padding has them, give finite codes", async () => {
  const empty = tf.zeros([1, 4]), box = tf.tensor2d([[1, 2, 300, 400]]);
  for (const [one, other] of [[empty, box], [box, empty], [empty, empty]]) {
    const codes = await encode(one, other, [10, 10, 5, 5]).data();
    ok(codes.every(Number.isFinite), `${codes}`);
  }
});

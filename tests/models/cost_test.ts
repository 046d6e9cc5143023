import { ok, strictEqual } from "node:assert/strict";
import { multiplications } from "../../lib/models/cost.ts";
import { resnet18, resnet34, resnet50 } from "../../lib/models/presets.ts";

Deno.test("multiplications are torchvision's published GFLOPS, without the last layer", () => {
  // torchvision's model pages: 1.81, 3.66 and 4.09 billion multiply-adds at 224 px.
  const stem = "imagenet";
  const billions = [resnet18({ stem }), resnet34({ stem }), resnet50({ stem })]
    .map((config) => multiplications(config, 224) / 1e9);
  [1.81, 3.66, 4.09].forEach((expected, i) =>
    ok(Math.abs(billions[i] - expected) < 0.01, `${billions[i]}`)
  );
});

Deno.test("multiplications of a network that can be counted by hand", () => {
  const tiny = {
    architecture: "resnet",
    block: "basic",
    blocks: [1],
    width: 2,
    stem: "cifar",
  } as const;
  strictEqual(multiplications(tiny, 4), 16 * (9 * 3 * 2 + 2 * 9 * 2 * 2)); // the stem, two convolutions
  const strided = { ...tiny, blocks: [1, 1], stem: "strided" } as const;
  const [first, second] = [4 * 2 * 9 * 2 * 2, 1 * (9 * 2 * 4 + 9 * 4 * 4 + 2 * 4)]; // 2 px, 1 px
  strictEqual(multiplications(strided, 4), 4 * 9 * 3 * 2 + first + second);
});

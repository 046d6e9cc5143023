/** What a network costs, counted on paper. */
import type { ResNetConfig } from "./resnet.ts";

/**
 * Multiplications of a residual network's convolutions for one image, forward: each is followed by an
 * addition. A step of training takes about three times as many, for the gradients of inputs and of
 * kernels.
 *
 * @param size pixels a side of the image
 * @example
 * ```ts
 * import { strictEqual } from "node:assert/strict";
 * import { resnet50 } from "./presets.ts";
 * const millions = Math.round(multiplications(resnet50({ stem: "imagenet" }), 224) / 1e6);
 * strictEqual(millions, 4087); // torchvision says 4.09 billion, with the last layer
 * ```
 */
export function multiplications(config: ResNetConfig, size: number): number {
  const { block, blocks, width, stem } = config;
  const half = (side: number) => Math.ceil(side / 2);
  const [kernel, first] = { cifar: [3, size], strided: [3, half(size)], imagenet: [7, half(size)] }[
    stem
  ];
  let side = stem === "imagenet" ? half(first) : first;
  let inputs = width, total = first ** 2 * kernel ** 2 * 3 * width;
  blocks.forEach((count, stage) => {
    const planes = width << stage, outputs = planes * (block === "basic" ? 1 : 4);
    for (let i = 0; i < count; i++) {
      const shrinks = stage > 0 && i === 0;
      const before = side ** 2;
      if (shrinks) side = half(side);
      const after = side ** 2;
      total += block === "basic"
        ? after * 9 * planes * (inputs + planes)
        : before * inputs * planes + after * planes * (9 * planes + outputs);
      if (shrinks || inputs !== outputs) total += after * inputs * outputs; // the shortcut
      inputs = outputs;
    }
  });
  return total;
}

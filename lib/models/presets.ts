/** The networks that papers name, as configurations: plain JSON, to be changed at will. */
import type { ResNetConfig } from "./resnet.ts";
import type { VitConfig } from "./vit.ts";

/** What the depth of a residual network leaves open. */
export type ResNetOptions = Pick<ResNetConfig, "stem" | "zeroInitResidual">;

/**
 * ResNet-18, 11.2 million parameters, 512 features.
 *
 * @see He et al. 2016, "Deep Residual Learning for Image Recognition", table 1 (arXiv 1512.03385),
 *   also for the next two
 * @example
 * ```ts
 * import { strictEqual } from "node:assert/strict";
 * import { backbone } from "./backbone.ts";
 * strictEqual(backbone(resnet18({ stem: "cifar" })).features, 512);
 * ```
 */
export function resnet18(options: ResNetOptions): ResNetConfig {
  return { architecture: "resnet", block: "basic", blocks: [2, 2, 2, 2], width: 64, ...options };
}

/** ResNet-34, 21.3 million parameters, 512 features. */
export function resnet34(options: ResNetOptions): ResNetConfig {
  return { architecture: "resnet", block: "basic", blocks: [3, 4, 6, 3], width: 64, ...options };
}

/** ResNet-50, 23.5 million parameters, 2048 features. */
export function resnet50(options: ResNetOptions): ResNetConfig {
  return {
    architecture: "resnet",
    block: "bottleneck",
    blocks: [3, 4, 6, 3],
    width: 64,
    ...options,
  };
}

/** What the size of a vision transformer leaves open. */
export type VitOptions = Pick<VitConfig, "imageSize" | "patch" | "positions" | "frozenPatches">;

/**
 * ViT-Ti, 5.5 million parameters with patches of 16 of 224 px, 192 features.
 *
 * @see Touvron et al. 2021, "Training data-efficient image transformers", table 1
 *   (arXiv 2012.12877), also for ViT-S
 */
export function vitTiny(options: VitOptions): VitConfig {
  return { architecture: "vit", width: 192, depth: 12, heads: 3, ...options };
}

/** ViT-S, 21.7 million parameters with patches of 16 of 224 px, 384 features; MoCo v3's has 12 heads. */
export function vitSmall(options: VitOptions): VitConfig {
  return { architecture: "vit", width: 384, depth: 12, heads: 6, ...options };
}

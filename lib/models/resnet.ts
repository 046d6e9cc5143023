/** Residual networks as torchvision builds them, of any width and depth. */
import { tf, type Tree } from "../engine/mod.ts";
import { branch, chain, residual } from "./compose.ts";
import { batchNorm, conv, maxPool, relu } from "./layers.ts";
import type { Branch, Layer, Mode, Model, Variables } from "./model.ts";

/** A residual network; a plain JSON value. */
export type ResNetConfig = {
  architecture: "resnet";
  /** Two 3x3 convolutions, or 1x1, 3x3, 1x1 with four times as many channels at the end. */
  block: "basic" | "bottleneck";
  /** Blocks in each stage; every stage but the first halves the resolution and doubles the width. */
  blocks: readonly number[];
  /** Channels of the stem and of the first stage; 64 in ResNet-18 and ResNet-50. */
  width: number;
  /**
   * "cifar": 3x3 without pooling, for 32-64 px. "strided": 3x3 / 2, at a quarter of the cost.
   * "imagenet": 7x7 / 2 and 3x3 / 2 max pooling.
   */
  stem: "cifar" | "strided" | "imagenet";
  /** Start every block as the identity: the gain of its last batch norm is 0. */
  zeroInitResidual?: boolean;
};

/** Channels at a block's end for each of its planes. */
const expansion = { basic: 1, bottleneck: 4 };

/**
 * A residual network on images [n, height, width, 3], pooled to features [n, features].
 *
 * ResNet-18 is `{ block: "basic", blocks: [2, 2, 2, 2], width: 64, stem: "imagenet" }`, ResNet-50
 * `{ block: "bottleneck", blocks: [3, 4, 6, 3], … }`; both equal torchvision's without `fc`: names,
 * padding (symmetric), initial weights, the stride in a bottleneck's 3x3 ("v1.5"), batch norm.
 *
 * @see He et al. 2016, "Deep Residual Learning for Image Recognition" (arXiv 1512.03385)
 * @example
 * ```ts
 * import { strictEqual } from "node:assert/strict";
 * const model = resnet({
 *   architecture: "resnet", block: "bottleneck", blocks: [1, 1], width: 8, stem: "cifar",
 * });
 * strictEqual(model.features, 64); // 8 channels, doubled once, times four
 * ```
 */
export function resnet(config: ResNetConfig): Model {
  const stages = stagesOf(config);
  const trunk = chain({ ...stem(config), ...layersOf(stages) });
  return {
    features: stages.at(-1)!.channels,
    init: trunk.init,
    apply: (variables, x, mode) => {
      const { y, stats } = trunk.apply(variables, x, mode); // [n, height', width', channels]
      return { y: tf.mean(y, [1, 2]), stats };
    },
  };
}

/** A stage of a residual network: all blocks of one resolution. */
export interface Stage {
  /** In the network's variables, e.g. `layer4`. */
  name: string;
  layer: Layer;
  channels: number;
  /** Pixels of the image a side for each of its output's. */
  stride: number;
}

/** The stages, from the stem on. */
export function stagesOf(config: ResNetConfig): Stage[] {
  let inputs = config.width, stride = { cifar: 1, strided: 2, imagenet: 4 }[config.stem];
  return config.blocks.map((count, i): Stage => {
    const step = i === 0 ? 1 : 2, planes = config.width << i;
    const layer = chain(stageBlocks(config, { inputs, planes, count, stride: step }));
    inputs = planes * expansion[config.block];
    stride *= step;
    return { name: `layer${i + 1}`, layer, channels: inputs, stride };
  });
}

const layersOf = (stages: Stage[]): Record<string, Layer> =>
  Object.fromEntries(stages.map(({ name, layer }) => [name, layer]));

/**
 * The maps that a network's first stages end with, [n, height / stride, width / stride, channels],
 * for detectors. The variables are those of the {@link resnet}; the statistics of stages beyond the
 * last wanted one stay as they are.
 *
 * @param last how many stages; all by default
 */
export function featureMaps(
  config: ResNetConfig,
  last: number = config.blocks.length,
): {
  stages: Stage[];
  apply(variables: Variables, x: tf.Tensor, mode: Mode): { maps: tf.Tensor4D[]; stats: Tree };
} {
  const stages = stagesOf(config).slice(0, last);
  const layers = Object.entries({ ...stem(config), ...layersOf(stages) });
  return {
    stages,
    apply: (variables, x, mode) => {
      const stats: Branch = { ...variables.stats as Branch }, maps: tf.Tensor4D[] = [];
      for (const [name, layer] of layers) {
        const out = layer.apply(branch(variables, name), x, mode);
        x = out.y, stats[name] = out.stats;
        if (name.startsWith("layer")) maps.push(x as tf.Tensor4D);
      }
      return { maps, stats };
    },
  };
}

function stem({ stem, width }: ResNetConfig): Record<string, Layer> {
  const first = {
    cifar: { kernel: 3 },
    strided: { kernel: 3, stride: 2 },
    imagenet: { kernel: 7, stride: 2 },
  }[stem];
  const layers = { conv1: conv(3, width, first), bn1: batchNorm(width), relu };
  return stem === "imagenet" ? { ...layers, maxPool } : layers;
}

function stageBlocks(
  config: ResNetConfig,
  { inputs, planes, count, stride }: {
    inputs: number;
    planes: number;
    count: number;
    stride: number;
  },
): Record<string, Layer> {
  const outputs = planes * expansion[config.block];
  const block = { basic, bottleneck }[config.block];
  const lastScale = config.zeroInitResidual ? 0 : 1;
  const first = block({ inputs, planes, stride, lastScale });
  // The first block changes resolution or width, and its shortcut has to follow.
  const shortcut = stride === 1 && inputs === outputs ? undefined : chain({
    0: conv(inputs, outputs, { kernel: 1, stride }),
    1: batchNorm(outputs),
  });
  const rest = Array.from(
    { length: count - 1 },
    () => residual(block({ inputs: outputs, planes, stride: 1, lastScale })),
  );
  return Object.fromEntries([residual(first, shortcut), ...rest].entries());
}

type Block = { inputs: number; planes: number; stride: number; lastScale: number };

function basic({ inputs, planes, stride, lastScale }: Block): Record<string, Layer> {
  return {
    conv1: conv(inputs, planes, { kernel: 3, stride }),
    bn1: batchNorm(planes),
    relu,
    conv2: conv(planes, planes, { kernel: 3 }),
    bn2: batchNorm(planes, { scale: lastScale }),
  };
}

function bottleneck({ inputs, planes, stride, lastScale }: Block): Record<string, Layer> {
  const outputs = planes * expansion.bottleneck;
  return {
    conv1: conv(inputs, planes, { kernel: 1 }),
    bn1: batchNorm(planes),
    relu1: relu,
    conv2: conv(planes, planes, { kernel: 3, stride }),
    bn2: batchNorm(planes),
    relu2: relu,
    conv3: conv(planes, outputs, { kernel: 1 }),
    bn3: batchNorm(outputs, { scale: lastScale }),
  };
}

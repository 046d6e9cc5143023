/**
 * Weights that travel: backbones as safetensors files that PyTorch loads, and the other way round.
 *
 * Names are torchvision's and timm's, layouts torch's: convolutions [out, in, height, width], linear
 * layers [out, in].
 */
import canonicalize from "canonicalize";
import { Problem } from "../base/problem.ts";
import { decodeSafetensors, encodeSafetensors, type SafeTensor } from "../base/safetensors.ts";
import { prng } from "../base/prng.ts";
import { dispose, leaves, tf, withTensors } from "../engine/mod.ts";
import { backbone, type BackboneConfig } from "./backbone.ts";
import type { Variables } from "./model.ts";

/**
 * The weights and running statistics of a backbone as a safetensors file, with the configuration in
 * its metadata. In Python, where `model` is the torchvision or timm network of that configuration,
 *   model.load_state_dict(safetensors.torch.load_file(path))
 * once its classifier (`fc`, `head`) is an Identity.
 */
export async function exportWeights(
  config: BackboneConfig,
  variables: Variables,
): Promise<Uint8Array<ArrayBuffer>> {
  const entries = named(variables).map(async ([name, leaf]): Promise<[string, SafeTensor]> => {
    const turned = tf.transpose(leaf, torchAxes[leaf.rank]);
    const data = await turned.data<"float32">();
    turned.dispose();
    return [name, { dtype: "F32", shape: turned.shape, data }];
  });
  const metadata = { format: "pt", [configurationKey]: JSON.stringify(config) };
  return encodeSafetensors(Object.fromEntries(await Promise.all(entries)), metadata);
}

/**
 * The variables of a backbone from a safetensors file: from {@link exportWeights}, or the state dict
 * of a torchvision or timm network (`safetensors.torch.save_file`). Classifiers (`fc`, `head`) and
 * `num_batches_tracked` are left out.
 *
 * @throws {Problem} for a file that is none, a key that is missing, has another shape or no place
 *   here, and for weights exported from another configuration
 */
export function importWeights(config: BackboneConfig, bytes: Uint8Array): Variables {
  const { tensors, metadata } = decodeSafetensors(bytes, "the weights' file");
  checkConfiguration(config, metadata[configurationKey]);
  const initial = backbone(config).init(prng(0)); // for its names and shapes
  try {
    const wanted = named(initial);
    checkKeys(config, wanted, tensors);
    return withTensors(initial, wanted.map(([name]) => fromTorch(tensors[name])));
  } finally {
    dispose(initial);
  }
}

/**
 * The configuration that {@link exportWeights} wrote into a file; undefined where another library
 * wrote it.
 *
 * @throws {Problem} for a file that is no safetensors file
 */
export function configurationIn(bytes: Uint8Array, path: string): BackboneConfig | undefined {
  const { [configurationKey]: exported } = decodeSafetensors(bytes, path).metadata;
  return exported === undefined ? undefined : parsed(exported);
}

const configurationKey = "semantic-pairs.backbone"; // a checkpoint has another

/** Keys of a state dict that no features depend on. */
const unused = /^(fc|head)\.|(^|\.)num_batches_tracked$/;

/** Orders of axes, by rank: ours are [height, width, in, out] and [in, out]. */
const torchAxes: Record<number, number[]> = { 1: [0], 2: [1, 0], 3: [0, 1, 2], 4: [3, 2, 0, 1] };
const ourAxes: Record<number, number[]> = { ...torchAxes, 4: [2, 3, 1, 0] };

function fromTorch({ data, shape }: SafeTensor): tf.Tensor {
  return tf.tidy(() => tf.tensor(data, shape).transpose(ourAxes[shape.length]));
}

/** All leaves by the names of a state dict. */
function named({ params, stats }: Variables): [name: string, leaf: tf.Tensor][] {
  return [params, stats].flatMap((tree) => leaves(tree)).map(([path, x]) => [path.slice(1), x]);
}

function checkKeys(
  config: BackboneConfig,
  wanted: [name: string, leaf: tf.Tensor][],
  tensors: Record<string, SafeTensor>,
): void {
  const network = { resnet: "residual network", vit: "vision transformer" }[config.architecture];
  for (const [name, leaf] of wanted) {
    const shape = torchAxes[leaf.rank].map((axis) => leaf.shape[axis]);
    const found = tensors[name];
    if (found?.dtype === "F32" && found.shape.join() === shape.join()) continue;
    const theirs = found ? `${found.dtype} [${found.shape.join(", ")}]` : "missing";
    throw new Problem(
      `the weights' ${name} is ${theirs}, but this ${network} needs F32 [${shape.join(", ")}]: ` +
        "choose the configuration that they were trained with",
    );
  }
  const names = new Set(wanted.map(([name]) => name));
  const other = Object.keys(tensors).find((key) => !names.has(key) && !unused.test(key));
  if (other) throw new Problem(`the weights have ${other}, for which this ${network} has no place`);
}

/** Two stems or numbers of heads may have weights of one shape, and yet be different networks. */
function checkConfiguration(config: BackboneConfig, exported: string | undefined): void {
  if (exported === undefined) return; // of another library
  const [theirs, ours] = [parsed(exported), config].map((config) =>
    canonicalize({ ...config, zeroInitResidual: undefined, frozenPatches: undefined })
  );
  if (theirs !== ours) throw new Problem(`the weights are of ${theirs}, not of ${ours}`);
}

function parsed(exported: string): BackboneConfig {
  try {
    return JSON.parse(exported);
  } catch {
    throw new Problem("the weights' configuration is no JSON: export them again");
  }
}

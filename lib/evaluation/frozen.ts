/**
 * Frozen backbones, known by their weights, and their features of whole data sets, kept on disk: a
 * second evaluation computes none.
 */
import { join } from "@std/path";
import { cacheDirectory, exists, writeAtomic } from "../base/files.ts";
import { keyOf, sha256 } from "../base/hash.ts";
import { messageOf, Problem } from "../base/problem.ts";
import { type Progress, silent } from "../base/progress.ts";
import { decodeSafetensors, encodeSafetensors } from "../base/safetensors.ts";
import type { Dataset } from "../datasets/dataset.ts";
import { dispose, engineInfo } from "../engine/mod.ts";
import { backbone, type BackboneConfig } from "../models/backbone.ts";
import type { Model, Variables } from "../models/model.ts";
import { exportWeights, importWeights } from "../models/weights.ts";
import { checkFinite, extract, type Features } from "./features.ts";

/** A backbone whose weights do not change. */
export interface Frozen {
  config: BackboneConfig;
  model: Model;
  /** SHA-256 of configuration and weights. */
  hash: string;
  /** The weights, on loan: read from their file when first asked for. */
  variables(): Variables;
  /** Frees the weights; asked for again, they are read again. */
  release(): void;
}

/** Counts the changes of code that change features. */
const version = 1;

/**
 * A frozen backbone from its weights as a file, see `models.exportWeights`.
 *
 * @throws {Problem} when its weights are asked for, where the file is none or of another network
 */
export function frozen(config: BackboneConfig, file: Uint8Array): Frozen {
  let loaded: Variables | undefined;
  return {
    config,
    model: backbone(config),
    hash: keyOf({ config, weights: sha256(file) }),
    variables: () => loaded ??= importWeights(config, file),
    release: () => {
      if (loaded) dispose(loaded);
      loaded = undefined;
    },
  };
}

/** The same from weights at hand, which stay the caller's. */
export async function frozenFrom(config: BackboneConfig, variables: Variables): Promise<Frozen> {
  return frozen(config, await exportWeights(config, variables));
}

/**
 * The features of whole images, see {@link extract}: from the cache, else computed and kept there
 * under the hash of weights, images, size, engine and devices.
 *
 * @param size side of the network's input in pixels, that of pretraining
 * @param warn told of a kept file that is damaged; the features are computed again
 * @throws {Problem} naming the first image whose features are no finite numbers
 */
export async function featuresOf(
  network: Frozen,
  dataset: Dataset,
  { size, progress = silent, warn = console.error }: {
    size: number;
    progress?: Progress;
    warn?: (message: string) => void;
  },
): Promise<Features> {
  const inputs = {
    weights: network.hash,
    images: dataset.hash,
    size,
    engine: engineInfo(),
    version,
  };
  const path = join(cacheDirectory("features"), `${keyOf(inputs)}.safetensors`);
  const { length, classes } = dataset, width = network.model.features;
  const kept = await read(path, [length, width], warn);
  if (kept) {
    const labels = Int32Array.from({ length }, (_, i) => dataset.label(i));
    return { values: kept, width, labels, classes: classes.length };
  }
  const made = await extract(network.model, network.variables(), dataset, { size, progress });
  checkFinite(made);
  const values = { dtype: "F32" as const, shape: [length, width], data: made.values };
  const digest = sha256(bytesOf(made.values));
  await writeAtomic(path, encodeSafetensors({ values }, { digest }));
  return made;
}

const bytesOf = ({ buffer, byteOffset, byteLength }: Float32Array) =>
  new Uint8Array(buffer as ArrayBuffer, byteOffset, byteLength);

async function read(
  path: string,
  shape: [rows: number, width: number],
  warn: (message: string) => void,
): Promise<Float32Array | undefined> {
  if (!await exists(path)) return undefined;
  try {
    const { tensors: { values }, metadata } = decodeSafetensors(await Deno.readFile(path), path);
    if (values?.dtype !== "F32" || values.shape.join() !== shape.join()) {
      throw new Problem(`${path} holds no features [${shape.join(", ")}]`);
    }
    const data = values.data as Float32Array;
    if (sha256(bytesOf(data)) !== metadata.digest) throw new Problem(`${path} has changed`);
    return data;
  } catch (error) {
    warn(`kept features are damaged and are computed again: ${messageOf(error)}`);
    return undefined;
  }
}

/** Embeddings by a network of another framework, as an ONNX file. */
import { basename } from "@std/path";
import { sha256 } from "../base/hash.ts";
import { messageOf, Problem } from "../base/problem.ts";
import { prng } from "../base/prng.ts";
import { silent } from "../base/progress.ts";
import type { Dataset } from "../datasets/dataset.ts";
import { dispose, tf } from "../engine/mod.ts";
import { plain } from "../views/policy.ts";
import { makeViews } from "../views/views.ts";
import type { Embedder } from "./embedder.ts";

/** Images at a time. */
const BATCH = 64;

/**
 * An ONNX model as an embedder: one input of floats, [n, 3, size, size], RGB normalised by ImageNet's
 * statistics as torchvision's and timm's networks take it; the first output is the embedding, [n, d].
 *
 * @param size side of the input in pixels
 * @throws {Problem} for a file that is no such model
 */
export async function byOnnx(path: string, { size }: { size: number }): Promise<Embedder> {
  const file = await Deno.readFile(path).catch((error) => {
    throw new Problem(`${path}: ${messageOf(error)}`);
  });
  const { InferenceSession, Tensor } = await import("onnxruntime-node"); // loaded where it is needed
  const session = await InferenceSession.create(file).catch((error) => {
    throw new Problem(`${path} is no ONNX model that can be run: ${messageOf(error)}`);
  });
  const [input, ...more] = session.inputNames, [output] = session.outputNames;
  if (more.length > 0) {
    throw new Problem(
      `${path} has the inputs ${session.inputNames.join(", ")}: images go into one`,
    );
  }
  const run = async (images: Float32Array, n: number) => {
    const feeds = { [input]: new Tensor("float32", images, [n, 3, size, size]) };
    const found = await session.run(feeds).catch((error) => {
      throw new Problem(`${path} cannot be run on images of ${size} px: ${messageOf(error)}`);
    });
    const { data, dims, type } = found[output];
    if (type === "float32" && dims.length === 2 && dims[0] === n) return data as Float32Array;
    throw new Problem(
      `${path}: its output ${output} is ${type} [${
        dims.join(", ")
      }] for ${n} images, not one vector ` +
        "each: export the network without its classifier, after pooling, with a free batch size",
    );
  };
  return {
    name: basename(path),
    hash: `${sha256(file)}, ${size} px`,
    embed: async (dataset, progress = silent) => {
      const parts: Float32Array[] = [];
      for (let start = 0; start < dataset.length; start += BATCH) {
        const n = Math.min(BATCH, dataset.length - start);
        parts.push(await run(await planar(dataset, { start, n, size }), n));
        progress(start + n, dataset.length);
      }
      const width = parts[0].length / Math.min(BATCH, dataset.length);
      const values = new Float32Array(dataset.length * width);
      parts.forEach((part, i) => values.set(part, i * BATCH * width));
      return { values, width };
    },
  };
}

const unused = prng("unused"); // the whole image leaves nothing to chance

/** Whole images, [n, 3, size, size]. */
async function planar(
  dataset: Dataset,
  { start, n, size }: { start: number; n: number; size: number },
): Promise<Float32Array> {
  const indices = Int32Array.from({ length: n }, (_, i) => start + i);
  const images = await makeViews(plain(size))(dataset, indices, unused);
  const turned = tf.transpose(images, [0, 3, 1, 2]);
  try {
    return await turned.data<"float32">();
  } finally {
    dispose(images, turned);
  }
}

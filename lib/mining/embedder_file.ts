/** An embedder from a file: weights of a backbone, or an ONNX model. */
import { basename } from "@std/path";
import { messageOf, Problem } from "../base/problem.ts";
import { frozen } from "../evaluation/frozen.ts";
import { configurationIn } from "../models/weights.ts";
import { byBackbone, type Embedder } from "./embedder.ts";
import { networkNames, networks } from "./networks.ts";
import { byOnnx } from "./onnx_embedder.ts";

/**
 * The embedder of a file.
 *
 * @param path of an ONNX model (`.onnx`), or of weights (`.safetensors`)
 * @param network of weights that do not say what they are of, e.g. torchvision's
 * @throws {Problem} for any other file
 */
export async function embedderFrom(
  path: string,
  { size, network }: { size: number; network?: string },
): Promise<Embedder> {
  if (path.toLowerCase().endsWith(".onnx")) return await byOnnx(path, { size });
  const file = await Deno.readFile(path).catch((error) => {
    throw new Problem(`${path}: ${messageOf(error)}`);
  });
  const named = network && Object.hasOwn(networks, network)
    ? networks[network as keyof typeof networks]()
    : undefined;
  const config = named ?? configurationIn(file, path);
  if (!config) {
    throw new Problem(
      `${path} does not say which network its weights are of: give --network ${
        networkNames.join("|")
      }`,
    );
  }
  const backbone = frozen(config, file);
  backbone.variables(); // or throws
  return byBackbone(backbone, { size, name: basename(path) });
}

import { deepStrictEqual, strictEqual, throws } from "node:assert/strict";
import { join } from "@std/path";
import { Problem } from "../../lib/base/problem.ts";
import { prng } from "../../lib/base/prng.ts";
import { decodeSafetensors, encodeSafetensors } from "../../lib/base/safetensors.ts";
import { dispose, leaves, liveTensors, type tf } from "../../lib/engine/mod.ts";
import { backbone, type BackboneConfig } from "../../lib/models/backbone.ts";
import type { Variables } from "../../lib/models/model.ts";
import { resnet18 } from "../../lib/models/presets.ts";
import type { ResNetConfig } from "../../lib/models/resnet.ts";
import { exportWeights, importWeights } from "../../lib/models/weights.ts";
import { inFolder } from "../in_folder.ts";
import { close, filled, tensor } from "../vectors/inputs.ts";
import reference from "../vectors/networks.json" with { type: "json" };

const fixture = await Deno.readFile(new URL("../vectors/tiny_resnet.safetensors", import.meta.url));
const small = reference.fixtures.tiny.config as ResNetConfig;
const transformer: BackboneConfig = {
  architecture: "vit",
  imageSize: 16,
  patch: 4,
  width: 12,
  depth: 2,
  heads: 3,
  positions: "sincos",
  frozenPatches: true,
};

/** The features of the images that peer_weights.py makes too. */
async function features(config: BackboneConfig, variables: Variables, shape: number[]) {
  const x = tensor<tf.Tensor4D>("images", shape);
  return await backbone(config).apply(variables, x, { training: false }).y.data();
}

/** A file with some of its arrays replaced. */
function changed(bytes: Uint8Array, change: Parameters<typeof encodeSafetensors>[0]): Uint8Array {
  const { tensors, metadata } = decodeSafetensors(bytes, "weights");
  return encodeSafetensors({ ...tensors, ...change }, metadata);
}

Deno.test("weights: a state dict that PyTorch wrote gives PyTorch's features", async () => {
  const { images, features: expected } = reference.fixtures.tiny;
  close(await features(small, importWeights(small, fixture), images), expected, 1e-4, "features");
});

Deno.test("weights: exported and imported they are the same, to the last bit", async () => {
  for (const config of [small, transformer]) {
    const variables = backbone(config).init(prng(1));
    const again = importWeights(config, await exportWeights(config, variables));
    deepStrictEqual(leaves(again).map(([path]) => path), leaves(variables).map(([path]) => path));
    for (const [i, [path, leaf]] of leaves(again).entries()) {
      const [, original] = leaves(variables)[i];
      deepStrictEqual(leaf.shape, original.shape, path);
      deepStrictEqual(await leaf.data(), await original.data(), path);
    }
  }
});

Deno.test("weights: the file has torch's names, layouts and the configuration", async () => {
  const bytes = await exportWeights(small, backbone(small).init(prng(1)));
  const { tensors, metadata } = decodeSafetensors(bytes, "weights");
  deepStrictEqual(metadata, { format: "pt", "semantic-pairs.backbone": JSON.stringify(small) });
  const theirs = Object.entries(decodeSafetensors(fixture, "fixture").tensors)
    .filter(([name]) => !/^fc|num_batches/.test(name));
  const shapes = (all: [string, { shape: number[] }][]) =>
    Object.fromEntries(all.map(([name, { shape }]) => [name, shape]));
  deepStrictEqual(shapes(Object.entries(tensors)), shapes(theirs));
});

Deno.test("weights: frozen patches and fixed positions are exported with the rest", async () => {
  const bytes = await exportWeights(transformer, backbone(transformer).init(prng(1)));
  const { tensors } = decodeSafetensors(bytes, "weights");
  deepStrictEqual(tensors["pos_embed"].shape, [1, 17, 12]);
  deepStrictEqual(tensors["patch_embed.proj.weight"].shape, [12, 3, 4, 4]);
});

Deno.test("weights: what does not fit is refused by its name, and nothing is kept", () => {
  const scalar = { dtype: "I32" as const, shape: [], data: Int32Array.of(1) };
  const shapeless = { dtype: "F32" as const, shape: [4], data: new Float32Array(4) };
  const { "bn1.bias": _, ...fewer } = decodeSafetensors(fixture, "fixture").tensors;
  const cases: [config: BackboneConfig, bytes: Uint8Array, message: RegExp][] = [
    [small, encodeSafetensors(fewer, {}), /bn1\.bias is missing, but .* needs F32 \[3\]/],
    [
      small,
      changed(fixture, { "bn1.bias": shapeless }),
      /bn1\.bias is F32 \[4\], but .* F32 \[3\]/,
    ],
    [small, changed(fixture, { "bn1.bias": scalar }), /bn1\.bias is I32 \[\]/],
    [
      small,
      changed(fixture, { "layer3.0.conv1.weight": shapeless }),
      /layer3\.0\.conv1.* no place/,
    ],
    [
      { ...small, stem: "imagenet" },
      fixture,
      /conv1\.weight is F32 \[3, 3, 3, 3\].*\[3, 3, 7, 7\]/,
    ],
    [transformer, fixture, /but this vision transformer needs/],
    [small, fixture.slice(0, 300), /the weights' file is no whole safetensors file/],
  ];
  const before = liveTensors();
  for (const [config, bytes, message] of cases) {
    throws(() => importWeights(config, bytes), (error) => {
      return error instanceof Problem && message.test(error.message);
    }, String(message));
  }
  deepStrictEqual(liveTensors(), before);
});

Deno.test("weights: the configuration that they were exported from has to be the same network", async () => {
  const bytes = await exportWeights(small, backbone(small).init(prng(1)));
  // Strided or not, the stem's weights have one shape.
  throws(
    () => importWeights({ ...small, stem: "strided" }, bytes),
    /"stem":"cifar".* not of .*"strided"/,
  );
  dispose(importWeights({ ...small, zeroInitResidual: true }, bytes)); // but how it starts is free
  const { tensors } = decodeSafetensors(bytes, "weights");
  const broken = encodeSafetensors(tensors, { "semantic-pairs.backbone": "{" });
  throws(() => importWeights(small, broken), /^Problem: the weights' configuration is no JSON/);
});

const python = Deno.env.get("PEER_PYTHON");
if (!python) {
  console.warn("weights_test.ts: SKIPPED what needs PyTorch; set PEER_PYTHON to test it");
}

/** What peer_weights.py prints: the features of each network. */
async function peer(mode: "load" | "save", side: number, networks: string[]): Promise<number[][]> {
  const script = join(import.meta.dirname!, "peer_weights.py");
  const args = [script, mode, String(side), ...networks];
  const { code, stdout, stderr } = await new Deno.Command(python!, { args }).output();
  strictEqual(code, 0, new TextDecoder().decode(stderr));
  return JSON.parse(new TextDecoder().decode(stdout));
}

Deno.test({
  name: "weights: networks initialised here have the same features in PyTorch",
  ignore: !python,
  fn: () =>
    inFolder(async (folder) => {
      const configs: BackboneConfig[] = [
        { ...small, blocks: [1, 2, 1], width: 8 },
        { ...small, block: "bottleneck", stem: "imagenet", width: 8 },
        transformer,
        { ...transformer, positions: "learned", frozenPatches: false },
      ];
      const networks = await Promise.all(configs.map(async (config, i) => {
        const { params, stats } = backbone(config).init(prng(i));
        // Running statistics that are not those of the first step.
        const moved = config.architecture === "resnet" ? filled(stats) : stats;
        const path = join(folder, `${i}.safetensors`);
        await Deno.writeFile(path, await exportWeights(config, { params, stats: moved }));
        return {
          config,
          path,
          ours: await features(config, { params, stats: moved }, [2, 16, 16, 3]),
        };
      }));
      const asked = networks.flatMap(({ config, path }) => [JSON.stringify(config), path]);
      const theirs = await peer("load", 16, asked);
      networks.forEach(({ config, ours }, i) =>
        close(ours, theirs[i], 1e-4, JSON.stringify(config))
      );
    }),
});

Deno.test({
  name: "weights: torchvision's ResNet-18 has the same features here",
  ignore: !python,
  fn: () =>
    inFolder(async (folder) => {
      const path = join(folder, "resnet18.safetensors");
      const [theirs] = await peer("save", 64, ["resnet18", path]);
      const config = resnet18({ stem: "imagenet" });
      const variables = importWeights(config, await Deno.readFile(path));
      close(await features(config, variables, [2, 64, 64, 3]), theirs, 1e-4, "features");
      dispose(variables);
    }),
});

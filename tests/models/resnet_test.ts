import { deepStrictEqual, notDeepStrictEqual, strictEqual } from "node:assert/strict";
import { prng } from "../../lib/base/prng.ts";
import { dispose, leaves, liveTensors, type Tree, withTensors } from "../../lib/engine/mod.ts";
import { resnet18, resnet34, resnet50 } from "../../lib/models/presets.ts";
import { resnet, type ResNetConfig } from "../../lib/models/resnet.ts";
import { close, filled, tensor } from "../vectors/inputs.ts";
import reference from "../vectors/networks.json" with { type: "json" };
import { checkNetwork, torchShapes } from "./reference_networks.ts";

const tiny: ResNetConfig = {
  architecture: "resnet",
  block: "basic",
  blocks: [1, 1],
  width: 4,
  stem: "cifar",
};

Deno.test("resnet: outputs, gradients and running statistics equal torchvision's", async () => {
  for (const expected of reference.resnets) {
    const config = expected.config as ResNetConfig;
    const model = resnet(config);
    const { params, stats } = model.init(prng(0));
    // The key of a torch state dict is the path below `params` or `stats`.
    const variables = {
      params: scaled(filled(params), "bn3.weight", expected.residualGain),
      stats: filled(stats),
    };
    await checkNetwork(
      model,
      variables,
      expected,
      `${config.block}, ${config.stem}, ${config.blocks}`,
    );
  }
});

/** The tree with some of its leaves multiplied. */
function scaled(tree: Tree, ending: string, factor: number): Tree {
  const all = leaves(tree).map(([path, x]) => path.endsWith(ending) ? x.mul(factor) : x);
  return withTensors(tree, all);
}

Deno.test("resnet18, resnet34, resnet50: names and shapes are those of torchvision's", () => {
  const presets = { resnet18, resnet34, resnet50 };
  for (const [name, preset] of Object.entries(presets)) {
    const config = preset({ stem: "imagenet" });
    strictEqual(config.width, 64);
    const { width, shapes } = reference.structures.find((network) => network.name === name)!;
    const { params } = resnet({ ...config, width }).init(prng(0));
    deepStrictEqual(torchShapes(leaves(params)), shapes);
  }
});

Deno.test("resnet: initial weights have the fan-out deviation and come from the seed", async () => {
  const config: ResNetConfig = {
    architecture: "resnet",
    block: "basic",
    blocks: [1],
    width: 64,
    stem: "cifar",
  };
  const weights = async (seed: number) => {
    const { params } = resnet(config).init(prng(seed));
    const [, leaf] = leaves(params).find(([path]) => path === ".layer1.0.conv1.weight")!;
    return await leaf.data<"float32">();
  };
  const w = await weights(1);
  const deviation = Math.sqrt(w.reduce((sum, v) => sum + v * v, 0) / w.length);
  close([deviation], [Math.sqrt(2 / (3 * 3 * 64))], 0.02, "deviation");
  deepStrictEqual(w, await weights(1));
  notDeepStrictEqual(w, await weights(2));
});

Deno.test("resnet: zeroInitResidual starts every block as the identity", async () => {
  const model = resnet({ ...tiny, zeroInitResidual: true });
  const { params } = model.init(prng(1));
  for (const [path, leaf] of leaves(params)) {
    const expected = path.endsWith(".bn2.weight") ? 0 : 1;
    if (/bn\d\.weight$/.test(path)) strictEqual((await leaf.data())[0], expected, path);
  }
});

Deno.test("resnet: inference leaves the running statistics as they are", () => {
  const model = resnet(tiny);
  const variables = model.init(prng(1));
  const { stats } = model.apply(variables, tensor("x", [2, 8, 8, 3]), { training: false });
  deepStrictEqual(leaves(stats), leaves(variables.stats));
});

Deno.test("resnet: init makes the variables and no other tensor", () => {
  const before = liveTensors();
  const variables = resnet(tiny).init(prng(1));
  strictEqual(
    liveTensors().tensors - before.tensors,
    leaves(variables).length,
  );
  dispose(variables);
  deepStrictEqual(liveTensors(), before);
});

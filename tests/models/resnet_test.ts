import { deepStrictEqual, notDeepStrictEqual, strictEqual } from "node:assert/strict";
import { prng } from "../../lib/base/prng.ts";
import { dispose, leaves, liveTensors, type tf, valueAndGradients } from "../../lib/engine/mod.ts";
import { resnet, type ResNetConfig } from "../../lib/models/resnet.ts";
import { close, closeRecords, filled, norms, tensor } from "../vectors/inputs.ts";
import reference from "../vectors/networks.json" with { type: "json" };

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
    const what = `${config.block}, ${config.stem}`;
    const model = resnet(config);
    const initial = model.init(prng(0));
    // The key of a torch state dict is the path below `params` or `stats`.
    const [params, stats] = [filled(initial.params), filled(initial.stats)];
    const x = tensor<tf.Tensor4D>("images", expected.images);
    const { y } = model.apply({ params, stats }, x, { training: false });
    close(await y.data(), expected.inference, 1e-4, `${what}: inference`);

    const direction = tensor("direction", y.shape);
    const { gradients, aux } = valueAndGradients((params) => {
      const result = model.apply({ params, stats }, x, { training: true });
      return { value: result.y.mul(direction).sum() as tf.Scalar, aux: { ...result } };
    }, params);
    const named = (record: object) => record as Record<string, number>;
    close(await aux.y.data(), expected.training, 1e-4, `${what}: training`);
    closeRecords(await norms(gradients), named(expected.gradientNorms), 1e-3, what);
    closeRecords(await norms(aux.stats), named(expected.runningNorms), 1e-4, what);
  }
});

Deno.test("resnet: names and shapes are those of torchvision's ResNet-18 and ResNet-50", () => {
  for (const { config, shapes } of reference.structures) {
    const { params } = resnet(config as ResNetConfig).init(prng(0));
    const ours = leaves(params).map(([path, { shape }]) => [path.slice(1), torchShape(shape)]);
    deepStrictEqual(Object.fromEntries(ours), shapes);
  }
});

/** […, in, out] as torch lays it out. */
function torchShape(shape: number[]): number[] {
  return shape.length === 4 ? [shape[3], shape[2], shape[0], shape[1]] : shape;
}

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

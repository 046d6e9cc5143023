import { deepStrictEqual, notDeepStrictEqual, ok, strictEqual, throws } from "node:assert/strict";
import { Problem } from "../../lib/base/problem.ts";
import { prng } from "../../lib/base/prng.ts";
import { dispose, leaves, liveTensors, tf, type Tree } from "../../lib/engine/mod.ts";
import { simclr } from "../../lib/methods/simclr.ts";
import type { Branch } from "../../lib/models/model.ts";
import { vitSmall, vitTiny } from "../../lib/models/presets.ts";
import { vit, type VitConfig } from "../../lib/models/vit.ts";
import { sineCosine } from "../../lib/models/vit_positions.ts";
import { sgd } from "../../lib/training/optimizers.ts";
import { initialState, pretrainingStep, type TrainingState } from "../../lib/training/step.ts";
import { close, filled, tensor } from "../vectors/inputs.ts";
import reference from "../vectors/networks.json" with { type: "json" };
import { checkNetwork, torchShapes } from "./reference_networks.ts";

const tiny: VitConfig = {
  architecture: "vit",
  imageSize: 16,
  patch: 4,
  width: 12,
  depth: 2,
  heads: 3,
  positions: "sincos",
};
const inference = { training: false };

Deno.test("vit: outputs and gradients equal timm's, of smaller images too", async () => {
  for (const expected of reference.vits) {
    const config = expected.config as VitConfig;
    const model = vit(config);
    const { params, stats } = model.init(prng(0));
    // Fixed positions are what they are; all else is filled alike in both libraries.
    const { pos_embed, ...rest } = stats as Branch;
    const fixed: Tree = { ...filled(rest), ...(pos_embed ? { pos_embed } : {}) };
    const variables = { params: filled(params), stats: fixed };
    await checkNetwork(model, variables, expected, `${config.positions}, ${expected.images}`);
  }
});

Deno.test("vitTiny, vitSmall: names and shapes are those of timm's, widths and heads too", () => {
  const sizes = { imageSize: 224, patch: 16, positions: "learned" } as const;
  const presets = { vitTiny: vitTiny(sizes), vitSmall: vitSmall(sizes) };
  deepStrictEqual([presets.vitTiny.width, presets.vitTiny.heads], [192, 3]);
  deepStrictEqual([presets.vitSmall.width, presets.vitSmall.heads], [384, 6]);
  for (const [name, config] of Object.entries(presets)) {
    const { width, shapes } = reference.structures.find((network) => network.name === name)!;
    const { params } = vit({ ...config, width }).init(prng(0));
    deepStrictEqual(torchShapes(leaves(params)), shapes);
  }
});

Deno.test("vit: fixed positions are MoCo v3's", async () => {
  const { grid, width, values } = reference.positions;
  close(await sineCosine([grid, grid], grid, width).data(), values, 1e-6, "positions");
});

Deno.test("vit: a finer or coarser grid lies within the same borders", async () => {
  // Patches of half the size lie a quarter of a patch to both sides of the centre of the usual one.
  const sineOfRow = async (rows: number) => {
    const all = await sineCosine([rows, 1], 2, 4).data(); // frequency 1 alone
    return Array.from({ length: rows }, (_, i) => all[(1 + i) * 4]);
  };
  close(await sineOfRow(2), [0, 1].map(Math.sin), 1e-6, "usual");
  close(await sineOfRow(4), [-0.25, 0.25, 0.75, 1.25].map(Math.sin), 1e-6, "finer");
  close(await sineOfRow(1), [Math.sin(0.5)], 1e-6, "coarser");
});

Deno.test("vit: without positions the order of the patches would not matter, with them it does", async () => {
  const model = vit(tiny);
  const { params, stats } = model.init(prng(1));
  const { pos_embed } = stats as Record<string, tf.Tensor>;
  const nowhere = { ...stats as Branch, pos_embed: tf.zerosLike(pos_embed) };
  const x = tensor<tf.Tensor4D>("x", [2, 16, 16, 3]);
  const [top, rest] = tf.split(x, [4, 12], 1); // a row of patches
  const turned = tf.concat([rest, top], 1);
  const features = async (images: tf.Tensor, stats: Tree) =>
    await model.apply({ params, stats }, images, inference).y.data();
  const [plain, moved] = [await features(x, nowhere), await features(turned, nowhere)];
  close(moved, plain, 1e-5, "without positions");
  notDeepStrictEqual(await features(x, stats), await features(turned, stats));
});

Deno.test("vit: initial weights are MoCo v3's: Xavier's bound, q, k and v on their own", async () => {
  const width = 48;
  const config = { ...tiny, width, positions: "learned" } as const;
  const { params, stats } = vit(config).init(prng(1));
  strictEqual(leaves(stats).length, 0);
  const found = new Map(leaves(params).map(([path, leaf]) => [path.slice(1), leaf]));
  const deviation = async (name: string) => {
    const values = await found.get(name)!.data();
    return Math.hypot(...values) / Math.sqrt(values.length);
  };
  const bounds = {
    "patch_embed.proj.weight": Math.sqrt(6 / (3 * 16 + width)),
    "blocks.1.attn.qkv.weight": Math.sqrt(6 / (2 * width)),
    "blocks.1.attn.proj.weight": Math.sqrt(6 / (2 * width)),
    "blocks.1.mlp.fc1.weight": Math.sqrt(6 / (5 * width)),
  };
  for (const [name, bound] of Object.entries(bounds)) {
    close([await deviation(name)], [bound / Math.sqrt(3)], 0.05, name);
    const largest = Math.max(...(await found.get(name)!.data()).map(Math.abs));
    ok(largest <= bound && largest > 0.95 * bound, name);
  }
  close([await deviation("cls_token")], [1e-6], 0.3, "class token");
  close([await deviation("pos_embed")], [0.02], 0.1, "positions");
  for (const [name, leaf] of found) {
    if (name.endsWith("bias")) ok((await leaf.data()).every((b) => b === 0), name);
  }
});

/** The values of all leaves of the backbone, by path, before and after a step of SimCLR. */
async function oneStep(config: VitConfig, precision: "fp32" | "bf16") {
  const model = vit(config);
  const trainer = {
    backbone: model,
    method: simclr,
    options: { ...simclr.defaults, hidden: 8, projection: 8 },
    sizes: { features: model.features, classes: 4 },
    optimizer: sgd({ momentum: 0.9, weightDecay: 0.1 }),
    precision,
  };
  const values = async ({ params, stats }: TrainingState) => {
    const all = [params.backbone, stats.backbone].flatMap((tree) => leaves(tree));
    return await Promise.all(all.map(async ([path, x]) => [path, await x.data()] as const));
  };
  const state = initialState(trainer, { backbone: model.init(prng(1)), prng: prng(2) });
  const before = await values(state);
  const view = (name: string) => tensor<tf.Tensor4D>(name, [8, 16, 16, 3]);
  const labels = tf.tensor1d([0, 1, 2, 3, 0, 1, 2, 3], "int32");
  const views = { anchor: view("anchor"), partner: view("partner"), crops: [], labels };
  const rate = { learningRate: tf.scalar(0.1) };
  const next = await pretrainingStep(trainer).async(state, views, rate);
  return { before: new Map(before), after: new Map(await values(next.state)) };
}

Deno.test("vit: training moves everything but frozen patches and fixed positions", async () => {
  for (const precision of ["fp32", "bf16"] as const) {
    const { before, after } = await oneStep({ ...tiny, frozenPatches: true }, precision);
    const still = [...after].filter(([path, now]) => `${now}` === `${before.get(path)}`);
    deepStrictEqual(still.map(([path]) => path).sort(), [
      ".patch_embed.proj.bias",
      ".patch_embed.proj.weight",
      ".pos_embed",
    ]);
    ok([...after.values()].every((values) => values.every(Number.isFinite)), precision);
  }
});

Deno.test("vit: images that do not fit are a clear error", () => {
  const apply = (config: VitConfig, shape: number[]) => {
    const model = vit(config);
    return () => model.apply(model.init(prng(0)), tf.zeros(shape), inference);
  };
  const learned = { ...tiny, positions: "learned" } as const;
  const problem = (message: RegExp) => (error: unknown) =>
    error instanceof Problem && message.test(error.message);
  throws(apply(learned, [1, 8, 8, 3]), problem(/8 x 8 px have no learned positions.*of 16 px/));
  throws(apply(tiny, [1, 10, 16, 3]), problem(/10 x 16 px are no whole number of 4 px patches/));
  throws(() => vit({ ...tiny, imageSize: 18 }), problem(/18 px are no whole number/));
  throws(() => vit({ ...tiny, heads: 5 }), problem(/width 12 is no multiple of its 5 heads/));
  throws(() => vit({ ...tiny, width: 6 }), problem(/no multiple/));
});

Deno.test("vit: init makes the variables and no other tensor", () => {
  const before = liveTensors();
  const variables = vit(tiny).init(prng(1));
  strictEqual(liveTensors().tensors - before.tensors, leaves(variables).length);
  dispose(variables);
  deepStrictEqual(liveTensors(), before);
});

import { deepStrictEqual, notStrictEqual, ok, rejects, strictEqual } from "node:assert/strict";
import { join } from "@std/path";
import { prng } from "../../lib/base/prng.ts";
import { Problem } from "../../lib/base/problem.ts";
import { dispose, liveTensors, mapTree, tf } from "../../lib/engine/mod.ts";
import { extract } from "../../lib/evaluation/features.ts";
import { featuresOf, frozenFrom } from "../../lib/evaluation/frozen.ts";
import { backbone } from "../../lib/models/backbone.ts";
import type { ResNetConfig } from "../../lib/models/resnet.ts";
import type { Variables } from "../../lib/models/model.ts";
import { toyDataset } from "../pairs/toy_dataset.ts";

const config: ResNetConfig = {
  ...{ architecture: "resnet", block: "basic", blocks: [1, 1], width: 8, stem: "strided" },
};
const random = prng(3);
const noise = Array.from(
  { length: 10 },
  () => Uint8Array.from({ length: 3 * 256 }, () => random.int(256)),
);
const images = {
  ...toyDataset([5, 5]),
  hash: crypto.randomUUID(), // nobody else's
  image: (i: number) => ({ data: noise[i], height: 16, width: 16 }),
};

/** Runs a test with a cache folder of its own. */
async function withCache(test: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir(), before = Deno.env.get("XDG_CACHE_HOME");
  Deno.env.set("XDG_CACHE_HOME", folder);
  try {
    await test(join(folder, "semantic-pairs", "features"));
  } finally {
    if (before === undefined) Deno.env.delete("XDG_CACHE_HOME");
    else Deno.env.set("XDG_CACHE_HOME", before);
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("features are those of extract, kept under weights, images and size, and read back", () =>
  withCache(async (folder) => {
    const variables = backbone(config).init(prng(1));
    const network = await frozenFrom(config, variables);
    const { tensors } = liveTensors();
    const expected = await extract(backbone(config), variables, images, { size: 16 });
    const made = await featuresOf(network, images, { size: 16 });
    deepStrictEqual(made, expected);
    const files = async () =>
      (await Array.fromAsync(Deno.readDir(folder), ({ name }) => name)).sort();
    strictEqual((await files()).length, 1);
    network.release();
    const unseen = { ...images, image: () => assertNever() };
    deepStrictEqual(await featuresOf(network, unseen, { size: 16 }), expected, "none is computed");

    await featuresOf(network, images, { size: 32 });
    await featuresOf(network, { ...images, hash: "other" }, { size: 16 });
    const other = backbone(config).init(prng(2));
    const second = await frozenFrom(config, other);
    notStrictEqual(second.hash, network.hash);
    await featuresOf(second, images, { size: 16 });
    strictEqual((await files()).length, 4);
    network.release(), second.release();
    strictEqual(liveTensors().tensors, tensors + 1 * countOf(other));
    dispose(variables, other);
  }));

Deno.test("kept features that are damaged are reported and computed again", () =>
  withCache(async (folder) => {
    const variables = backbone(config).init(prng(1));
    const network = await frozenFrom(config, variables);
    const expected = await featuresOf(network, images, { size: 16 });
    const [{ name }] = await Array.fromAsync(Deno.readDir(folder));
    const path = join(folder, name);
    const whole = await Deno.readFile(path);
    for (const damaged of [whole.subarray(0, whole.length - 4), new Uint8Array(3)]) {
      await Deno.writeFile(path, damaged);
      const warnings: string[] = [];
      const warn = (message: string) => void warnings.push(message);
      deepStrictEqual(await featuresOf(network, images, { size: 16, warn }), expected);
      strictEqual(warnings.length, 1);
      ok(/damaged and are computed again/.test(warnings[0]), warnings[0]);
    }
    network.release();
    dispose(variables);
  }));

Deno.test("features that are no numbers are a Problem, and are not kept", () =>
  withCache(async (folder) => {
    const variables = backbone(config).init(prng(1));
    const broken: Variables = mapTree((x) => tf.fill(x.shape, NaN), variables);
    const network = await frozenFrom(config, broken);
    await rejects(
      featuresOf(network, images, { size: 16 }),
      (error: Error) => error instanceof Problem && /image 0 is NaN/.test(error.message),
    );
    strictEqual(await Deno.stat(folder).then(() => true, () => false), false);
    network.release();
    dispose(variables, broken);
  }));

function assertNever(): never {
  throw new Error("an image was asked for");
}

/** Leaves of a tree of variables. */
function countOf(variables: Variables): number {
  let count = 0;
  mapTree((x) => (count++, x), variables);
  return count;
}

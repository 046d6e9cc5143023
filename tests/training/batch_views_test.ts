import { deepStrictEqual, notDeepStrictEqual, rejects, strictEqual } from "node:assert/strict";
import { prng } from "../../lib/base/prng.ts";
import { dispose, liveTensors, type tf } from "../../lib/engine/mod.ts";
import type { Views } from "../../lib/methods/method.ts";
import { batchViews, type CropsConfig } from "../../lib/training/batch_views.ts";
import { gentle } from "../../lib/views/policy.ts";
import { toyDataset } from "./toy.ts";

const dataset = toyDataset(12);
const batch = {
  epoch: 0,
  index: 0,
  anchors: Int32Array.of(0, 1, 2, 3),
  partners: Int32Array.of(4, 5, 6, 7),
};
const twoCrops: CropsConfig = { perImage: 2, views: gentle(8) };

/** The views of each part. */
function viewsOf(
  { anchors, partners, crops, parts }: Partial<typeof batch> & {
    crops?: CropsConfig;
    parts?: number;
  } = {},
): Promise<Views[]> {
  const pairs = { anchors: anchors ?? batch.anchors, partners: partners ?? batch.partners };
  const make = batchViews(dataset, { views: gentle(16), crops, parts });
  return make({ ...batch, ...pairs }, prng(1).fork("views/0/0"));
}

const values = async (...views: tf.Tensor[]) =>
  await Promise.all(views.map(async (view) => [...await view.data()]));

Deno.test("a batch is both full views and the classes; small ones only where asked for", async () => {
  const [{ anchor, partner, crops, labels }] = await viewsOf();
  deepStrictEqual([anchor.shape, partner.shape], [[4, 16, 16, 3], [4, 16, 16, 3]]);
  deepStrictEqual(crops, []);
  strictEqual(labels.dtype, "int32");
  deepStrictEqual(await values(labels), [[0, 1, 2, 3]]);
  const [{ crops: small }] = await viewsOf({ crops: twoCrops });
  deepStrictEqual(small.map(({ shape }) => shape), Array(4).fill([4, 8, 8, 3]));
});

Deno.test("with multi-crop the full views are the same, and no two small ones are", async () => {
  const [plain] = await viewsOf();
  const [cropped] = await viewsOf({ crops: twoCrops });
  deepStrictEqual(
    await values(cropped.anchor, cropped.partner),
    await values(plain.anchor, plain.partner),
  );
  const small = await values(...cropped.crops);
  strictEqual(new Set(small.map((view) => view.join())).size, 4);
});

Deno.test("small views are of anchors and partners in turn; the anchors' ignore the partners", async () => {
  const [augmented] = await viewsOf({ crops: twoCrops, partners: batch.anchors });
  const [semantic] = await viewsOf({ crops: twoCrops });
  deepStrictEqual(await values(semantic.anchor), await values(augmented.anchor));
  notDeepStrictEqual(await values(semantic.partner), await values(augmented.partner));
  const [ours, theirs] = [await values(...semantic.crops), await values(...augmented.crops)];
  const same = ours.map((view, i) => view.join() === theirs[i].join());
  deepStrictEqual(same, [true, false, true, false]);
});

Deno.test("a batch in parts: each pair once, in order, with views of its own", async () => {
  const anchors = Int32Array.of(0, 1, 0, 1), partners = Int32Array.of(4, 5, 4, 5);
  const parts = await viewsOf({ anchors, partners, crops: twoCrops, parts: 2 });
  deepStrictEqual(parts.map(({ anchor }) => anchor.shape[0]), [2, 2]);
  deepStrictEqual(parts.map(({ crops }) => crops.length), [4, 4]);
  deepStrictEqual(await values(...parts.map(({ labels }) => labels)), [[0, 1], [0, 1]]);
  const [first, second] = parts.map(({ anchor, partner, crops }) => [anchor, partner, ...crops]);
  const [a, b] = [await values(...first), await values(...second)];
  a.forEach((view, i) => notDeepStrictEqual(view, b[i])); // the same images, drawn anew
});

Deno.test("views are the same when made again, and leave nothing behind", async () => {
  const before = liveTensors();
  const [first, again] = [await viewsOf({ crops: twoCrops }), await viewsOf({ crops: twoCrops })];
  const all = ({ anchor, partner, crops, labels }: Views) =>
    values(anchor, partner, ...crops, labels);
  deepStrictEqual(await all(again[0]), await all(first[0]));
  dispose(first, again);
  deepStrictEqual(liveTensors(), before);
});

Deno.test("an image that fails, whenever it is asked for, leaves no tensor behind", async () => {
  const options = { views: gentle(16), crops: twoCrops, parts: 2 };
  let asked = 0, fails = Infinity;
  const broken = {
    ...dataset,
    image: (i: number) => {
      if (++asked > fails) throw new Error("broken");
      return dataset.image(i);
    },
  };
  const make = batchViews(broken, options);
  dispose(await make(batch, prng(1)));
  const [all, before] = [asked, liveTensors()];
  strictEqual(all, 4 * 2 * (1 + 2)); // pairs x images x kinds of views
  for (fails = 0; fails < all; fails++) {
    asked = 0;
    await rejects(make(batch, prng(1)), /broken/);
    deepStrictEqual(liveTensors(), before, `${fails}`);
  }
});

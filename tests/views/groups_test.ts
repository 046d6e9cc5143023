import { deepStrictEqual, ok } from "node:assert/strict";
import { prng } from "../../lib/base/prng.ts";
import { engineInfo, tf } from "../../lib/engine/mod.ts";
import { groupSize } from "../../lib/views/groups.ts";
import { heldViews, largeHeldViews } from "../../lib/views/held.ts";
import { simclr } from "../../lib/views/policy.ts";

const ignore = engineInfo().name !== "tensorflow";

/** The image that is as bright as can be: rounding may lift it above. */
const white = 1;

/** Images of soft noise, 90 x 70 px. */
const images = (() => {
  const cache = new Map<number, Uint8Array>();
  const height = 90, width = 70;
  const draw = (i: number) => {
    const random = prng(`image ${i}`);
    let value = 128;
    return Uint8Array.from({ length: 3 * height * width }, () => {
      value = Math.min(255, Math.max(0, value + random.int(41) - 20));
      return i === white ? 255 : value;
    });
  };
  const image = (i: number) => {
    if (!cache.has(i)) cache.set(i, draw(i));
    return { data: cache.get(i)!, height, width };
  };
  return { name: "noise", image };
})();

async function valuesOf(views: Promise<tf.Tensor>): Promise<Float32Array> {
  const tensor = await views;
  const values = await tensor.data() as Float32Array;
  tensor.dispose();
  return values;
}

const all = ({ length }: readonly number[]) => ({ from: 0, until: length });

Deno.test({
  name: "groups give what a batch as a whole gives, to 1e-3, whether they are full or not",
  ignore,
  async fn() {
    const indices = Array.from({ length: 19 }, (_, i) => i);
    for (const size of [48, 64, 112]) {
      for (const sigma of [2, 5]) {
        const policy = simclr(size);
        policy.solarize = 0.2;
        policy.blur.sigma[1] = sigma;
        const [whole, groups] = await Promise.all(
          [heldViews, largeHeldViews].map((make) =>
            valuesOf(make(policy)(images, indices, prng(size), all(indices)))
          ),
        );
        deepStrictEqual(groups.length, whole.length);
        const worst = groups.reduce((max, x, i) => Math.max(max, Math.abs(x - whole[i])), 0);
        ok(worst < 1e-3, `${size} px, sigma to ${sigma}: ${worst}`);
      }
    }
  },
});

Deno.test({
  name: "a view is the same to the bit, whatever other views are made with it",
  ignore,
  async fn() {
    for (const [size, make] of [[32, heldViews], [64, largeHeldViews]] as const) {
      const policy = simclr(size);
      policy.jitter.probability = 0.5; // others may take steps that the view does not
      const views = make(policy);
      for (const [seed, image] of [[1, white], [2, white], [3, 3], [4, 3], [5, 3]]) {
        const alone = await valuesOf(views(images, [image], prng(seed), all([image])));
        for (const others of [[4], [5, 6, 7, 8, 9, 10, 11, 12], Array(130).fill(2)]) {
          const together = await valuesOf(
            views(images, [image, ...others], prng(seed), all([image, ...others])),
          );
          deepStrictEqual(together.subarray(0, alone.length), alone);
        }
      }
    }
  },
});

Deno.test("a group has fewer views where they are larger, and one at least", () => {
  deepStrictEqual([32, 64, 96, 224, 1000].map(groupSize), [32, 8, 3, 1, 1]);
});

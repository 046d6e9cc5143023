import { deepStrictEqual, notDeepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { prng } from "../../lib/base/prng.ts";
import { dispose, liveTensors } from "../../lib/engine/mod.ts";
import { extract, selectRows } from "../../lib/evaluation/features.ts";
import type { Model } from "../../lib/models/model.ts";
import { resnet } from "../../lib/models/resnet.ts";
import { toyDataset } from "../training/toy.ts";

const dataset = toyDataset(40);
const model = resnet({
  architecture: "resnet",
  block: "basic",
  blocks: [1],
  width: 4,
  stem: "cifar",
});
const options = { size: 32, batchSize: 32 };

Deno.test("features: one row an image, in order, whatever batch it is in; no tensor left", async () => {
  const variables = model.init(prng(1));
  const all = await extract(model, variables, dataset, options);
  const before = liveTensors(); // the weights are in the engine now
  strictEqual(all.values.length, 40 * 4);
  deepStrictEqual([...all.labels.subarray(0, 5)], [0, 1, 2, 3, 0]);
  strictEqual(all.classes, 4);
  const some = await extract(model, variables, dataset, { ...options, indices: [39, 3, 0] });
  const expected = selectRows(all, [39, 3, 0]);
  deepStrictEqual(some.labels, expected.labels);
  const error = Math.max(...some.values.map((v, i) => Math.abs(v - expected.values[i])));
  ok(error < 1e-5, `${error}`);
  ok(Math.abs(all.values[0] - all.values[4]) > 1e-5, "images differ");
  deepStrictEqual(liveTensors(), before);
  dispose(variables);
});

Deno.test("features use the running statistics, not the batch's", async () => {
  const variables = model.init(prng(1));
  const alone = await extract(model, variables, dataset, { ...options, indices: [7] });
  const among = await extract(model, variables, dataset, { ...options, indices: [7, 1, 2, 3] });
  const error = Math.max(...alone.values.map((v, i) => Math.abs(v - among.values[i])));
  ok(error < 1e-5, `${error}`);
  dispose(variables);
});

Deno.test("features: a model is traced once, however often and for whichever weights", async () => {
  let applied = 0;
  const counted: Model = {
    ...model,
    apply: (...args) => {
      applied++;
      return model.apply(...args);
    },
  };
  const [first, second] = [model.init(prng(1)), model.init(prng(2))];
  const a = await extract(counted, first, dataset, options);
  const b = await extract(counted, second, dataset, options);
  const again = await extract(counted, first, dataset, { ...options, indices: [0, 5] });
  strictEqual(applied, 1);
  deepStrictEqual(again.values, selectRows(a, [0, 5]).values);
  notDeepStrictEqual(b.values, a.values);
  dispose(first, second);
});

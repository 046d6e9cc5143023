import { deepStrictEqual, notDeepStrictEqual, ok, rejects, strictEqual } from "node:assert/strict";
import { detectionScenes, emojiScenes } from "../../lib/datasets/emoji_scenes.ts";

const small = { classes: 3, size: 32 as const, seed: 1 };

Deno.test("detectionScenes: the classes are the first of pretraining's, with boxes within", async () => {
  const { train, test } = await detectionScenes({ ...small, scenes: { train: 6, test: 4 } });
  const { pretraining } = await emojiScenes({ concepts: 4, heldOutConcepts: 2, scenes: 12 });
  deepStrictEqual(train.classes, pretraining.classes.slice(0, 3));
  deepStrictEqual([train.length, test.length], [6, 4]);
  deepStrictEqual(
    [train.name, test.name],
    ["emoji scenes, detection, train", "emoji scenes, detection, test"],
  );
  for (const dataset of [train, test]) {
    for (let i = 0; i < dataset.length; i++) {
      const boxes = dataset.boxes!(i);
      ok(boxes.length >= 2 && boxes.length <= 5);
      for (const { x, y, width, height, label } of boxes) {
        ok(x >= 0 && y >= 0 && x + width <= 32 && y + height <= 32 && label < 3);
      }
    }
  }
  notDeepStrictEqual(train.image(0).data, test.image(0).data);
});

Deno.test("detectionScenes: more scenes, other splits and their order keep what there is", async () => {
  const few = await detectionScenes({ ...small, scenes: { train: 6, test: 4 } });
  const many = await detectionScenes({ ...small, scenes: { test: 5, more: 2, train: 7 } });
  deepStrictEqual(many.train.image(5), few.train.image(5));
  deepStrictEqual(many.test.boxes!(3), few.test.boxes!(3));
  const told: string[] = [];
  const turned = await detectionScenes({
    ...{ ...small, scenes: { test: 4, train: 6 } },
    progress: () => void told.push("made again"), // it is the same file of the cache
  });
  deepStrictEqual([turned.train.hash, turned.test.hash], [few.train.hash, few.test.hash]);
  deepStrictEqual(told, []);
  const other = await detectionScenes({ ...small, seed: 2, scenes: { train: 1 } });
  notDeepStrictEqual(other.train.image(0).data, few.train.image(0).data);
  strictEqual(other.test, undefined);
});

Deno.test("detectionScenes: impossible options are a clear error", async () => {
  await rejects(detectionScenes({ classes: 1000 }), /1000 classes, but there are drawings of/);
  await rejects(detectionScenes({ classes: 0 }), /classes is 0, it must be a whole number from 1/);
  await rejects(detectionScenes({ scenes: { test: 1.5 } }), /scenes\.test is 1\.5/);
  await rejects(detectionScenes({ size: 48 as 32 }), /detectionScenes: size is 48, not 32 or 64/);
});

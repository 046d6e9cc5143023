import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { prng } from "../../lib/base/prng.ts";
import type { Seen } from "../../lib/evaluation/box_views.ts";
import {
  seenBoxes,
  truthOf,
  unseenBox,
  viewsSeen,
  wholeImage,
} from "../../lib/evaluation/box_views.ts";
import type { Policy } from "../../lib/views/policy.ts";
import { makeViews } from "../../lib/views/views.ts";
import { boxedScenes } from "./boxed_scenes.ts";

const box = { x: 4, y: 8, width: 8, height: 4, label: 3 };

Deno.test("seenBoxes: scaled, cropped and flipped", () => {
  const whole: Seen = { crop: { top: 0, left: 0, height: 32, width: 16 }, flip: false };
  deepStrictEqual(seenBoxes([box], whole, 64), [
    { left: 16, top: 16, right: 48, bottom: 24, label: 3 }, // squeezed: 4 across, 2 down
  ]);
  deepStrictEqual(seenBoxes([{ ...box, x: 0 }], { ...whole, flip: true }, 64), [
    { left: 32, top: 16, right: 64, bottom: 24, label: 3 },
  ]);
});

Deno.test("seenBoxes: what is cut off is cut off, and an object goes with its centre", () => {
  const crop = { top: 10, left: 6, height: 8, width: 8 };
  deepStrictEqual(seenBoxes([box], { crop, flip: false }, 8), [
    { left: 0, top: 0, right: 6, bottom: 2, label: 3 }, // its centre (8, 10) lies on the edge
  ]);
  for (const off of [{ ...crop, top: 11 }, { ...crop, left: 9 }]) {
    deepStrictEqual(seenBoxes([box], { crop: off, flip: true }, 8), []);
  }
});

Deno.test("truthOf: crowds are no objects to learn, difficult ones are", async () => {
  const scenes = boxedScenes({ length: 1 });
  const boxes = () => [{ ...box, crowd: true }, { ...box, label: 1, difficult: true }];
  const seen: Seen[] = [{ crop: { top: 0, left: 0, height: 32, width: 32 }, flip: false }];
  const { labels } = truthOf({ ...scenes, boxes }, { indices: [0], seen, size: 32, m: 2 });
  deepStrictEqual(await labels.array(), [[1, -1]]);
});

Deno.test("unseenBox undoes seenBoxes", () => {
  for (const flip of [false, true]) {
    const seen: Seen = { crop: { top: 2, left: 3, height: 20, width: 30 }, flip };
    const [{ left, top, right, bottom }] = seenBoxes([box], seen, 48);
    const { label: _, ...expected } = box;
    const actual = unseenBox([left, top, right, bottom], seen, 48);
    for (const [name, value] of Object.entries(expected)) {
      ok(Math.abs(actual[name as keyof typeof actual] - value) < 1e-9, name);
    }
  }
});

/** Of the pixels within boxes shrunk by a pixel, and beyond boxes grown by one: their mean. */
async function insideAndOutside(policy: Policy, { height, width }: Record<string, number>) {
  const dataset = boxedScenes({ height, width, objects: 1, length: 12 }), { size } = policy;
  const indices = Array.from({ length: dataset.length }, (_, i) => i);
  const random = () => prng(5).fork("views");
  const { images, seen } = await viewsSeen(makeViews(policy), policy, dataset, { indices, random });
  const truth = truthOf(dataset, { indices, seen, size, m: 2 });
  const pixels = await images.max(3).array() as number[][][];
  const [boxes, labels] = [await truth.boxes.array(), await truth.labels.array()];
  const inside: number[] = [], outside: number[] = [];
  for (const [i, rows] of pixels.entries()) {
    if (labels[i][0] < 0) continue;
    const [left, top, right, bottom] = boxes[i][0];
    rows.forEach((row, y) =>
      row.forEach((value, x) => {
        if (x > left + 1 && x < right - 2 && y > top + 1 && y < bottom - 2) inside.push(value);
        if (x < left - 2 || x > right + 1 || y < top - 2 || y > bottom + 1) outside.push(value);
      })
    );
  }
  return { seen, inside, outside, labels };
}

Deno.test("boxes move with flips and crops: bright within, dark beyond, at any size", async () => {
  for (const size of [32, 64]) { // rendered as a whole, and in groups
    const policy: Policy = {
      ...{ ...wholeImage(size), flip: 0.5 },
      crop: { scale: [0.4, 1], ratio: [0.75, 1.33] },
    };
    const { seen, inside, outside } = await insideAndOutside(policy, { height: 32, width: 32 });
    strictEqual(new Set(seen.map(({ flip }) => flip)).size, 2);
    ok(inside.length > 300 && outside.length > 1000);
    ok(Math.min(...inside) > 1.5, `${size} px: something dark in a box`);
    ok(Math.max(...outside) < -1, `${size} px: something bright beyond all boxes`);
  }
});

Deno.test("wholeImage squeezes: nothing of a picture that is not square is lost", async () => {
  for (const extent of [{ height: 24, width: 60 }, { height: 64, width: 20 }]) {
    const { seen, inside, outside, labels } = await insideAndOutside(wholeImage(64), extent);
    for (const { crop, flip } of seen) {
      deepStrictEqual([crop, flip], [{ top: 0, left: 0, ...extent }, false]);
    }
    ok(Math.min(...inside) > 1.5 && Math.max(...outside) < -1);
    strictEqual(labels.filter(([first]) => first >= 0).length, 9); // all but the empty pictures
    ok(labels.every(([, second]) => second === -1));
  }
});

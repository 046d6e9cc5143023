import { deepStrictEqual, notDeepStrictEqual } from "node:assert/strict";
import sharp from "sharp";
import { pairSheet } from "../../lib/figures/pair_sheet.ts";
import { match } from "../../lib/pairs/match.ts";
import { simclr } from "../../lib/views/policy.ts";
import { toyDataset } from "../pairs/toy_dataset.ts";

/** Toys with pixels: image i is grey of level 9 i. */
const data = {
  ...toyDataset([4, 4]),
  classes: ["cat & dog", "a < b"],
  image: (i: number) => ({ data: new Uint8Array(3 * 64).fill(9 * i), height: 8, width: 8 }),
};

Deno.test("pairSheet: three rows of as many pairs as asked for, legible XML, the same each time", async () => {
  const arms = match(data, { pairsPerClass: 4, seed: 1 });
  const sheet = await pairSheet(data, arms, simclr(8), { count: 5 });
  const { width, height } = await sharp(sheet).metadata();
  deepStrictEqual([width, height], [160 + 5 * 102, 26 + 3 * 102]);
  deepStrictEqual(await pairSheet(data, arms, simclr(8), { count: 5 }), sheet);
  const others = match(data, { pairsPerClass: 4, seed: 2 });
  notDeepStrictEqual(await pairSheet(data, others, simclr(8), { count: 5 }), sheet);
});

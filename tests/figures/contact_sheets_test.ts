import { deepStrictEqual, notDeepStrictEqual, strictEqual } from "node:assert/strict";
import sharp from "sharp";
import { contactSheets } from "../../lib/figures/contact_sheets.ts";
import { match } from "../../lib/pairs/match.ts";
import { plain } from "../../lib/views/policy.ts";
import { toyDataset } from "../pairs/toy_dataset.ts";

/** Image i is grey of level 20 i. */
const data = {
  ...toyDataset([4, 4]),
  classes: ["cat & <dog>\x01", "n01443537 a very long name of a fish"],
  image: (i: number) => ({ data: new Uint8Array(3 * 64).fill(20 * i), height: 8, width: 8 }),
};
const arms = match(data, { pairsPerClass: 4, seed: 1 });

async function greyAt(png: Uint8Array, left: number, top: number): Promise<number> {
  const { data } = await sharp(png).extract({ left, top, width: 1, height: 1 }).raw()
    .toBuffer({ resolveWithObject: true });
  return data[0];
}

Deno.test("contactSheets: the same anchors in both panels, each beside its partner", async () => {
  const sheet = await contactSheets(data, arms, plain(8), { rows: 2, columns: 2 });
  const { width, height } = await sharp(sheet).metadata();
  deepStrictEqual([width, height], [2 * (2 * 142 + 34) - 34 + 12, 34 + 2 * 86]);
  const panels = [12, 12 + 2 * 142 + 34];
  for (const [p, left] of panels.entries()) {
    const { partners, anchors } = [arms.augmented, arms.semantic][p];
    for (let k = 0; k < 4; k++) {
      const x = left + k % 2 * 142, y = 34 + Math.floor(k / 2) * 86;
      strictEqual(await greyAt(sheet, x + 30, y + 30), 20 * anchors[k]);
      strictEqual(await greyAt(sheet, x + 66 + 30, y + 30), 20 * partners[k]);
    }
  }
});

Deno.test("contactSheets: no more pairs than there are, the same each time, others of another match", async () => {
  const few = await contactSheets(data, arms, plain(8));
  strictEqual((await sharp(few).metadata()).height, 34 + 3 * 86); // 8 pairs in rows of 3
  deepStrictEqual(await contactSheets(data, arms, plain(8)), few);
  const others = match(data, { pairsPerClass: 4, seed: 2 });
  notDeepStrictEqual(await contactSheets(data, others, plain(8)), few);
});

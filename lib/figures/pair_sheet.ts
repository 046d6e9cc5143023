/** A picture of the two arms: each anchor above its partner in either arm, as the network sees them. */
import sharp from "sharp";
import { prng } from "../base/prng.ts";
import type { Dataset } from "../datasets/dataset.ts";
import type { PairList } from "../pairs/pair_list.ts";
import type { Policy } from "../views/policy.ts";
import { viewsSheet } from "../views/preview.ts";
import { escapeXml, shortName, strip } from "./svg.ts";

const side = 96; // pixels of a view on the sheet
const margin = { left: 160, top: 26, gap: 6 };

/**
 * A PNG of the first pairs: a column a pair, headed by its class; the anchor's view, which both arms
 * share, then the partner's view in the augmented and in the semantic arm, drawn alike.
 *
 * @param policy how views are drawn, as in training
 */
export async function pairSheet(
  dataset: Dataset,
  { augmented, semantic }: { augmented: PairList; semantic: PairList },
  policy: Policy,
  { count = 8, seed = 1 }: { count?: number; seed?: number } = {},
): Promise<Uint8Array> {
  const first = (indices: Int32Array) => indices.subarray(0, count);
  const rows = [
    { name: "anchor", indices: first(augmented.anchors), draw: "anchor" },
    { name: "augmented partner", indices: first(augmented.partners), draw: "partner" },
    { name: "semantic partner", indices: first(semantic.partners), draw: "partner" },
  ];
  const strips = await Promise.all(
    rows.map(({ indices, draw }) =>
      viewsSheet(dataset, indices, policy, prng(seed).fork(draw), {
        columns: 1,
        zoom: side / policy.size,
      })
    ),
  );
  const names = [...first(augmented.anchors)].map((i) => dataset.classes[dataset.label(i)]);
  const svg = drawing(rows.map(({ name }, i) => ({ name, png: strips[i] })), names);
  return new Uint8Array(await sharp(new TextEncoder().encode(svg)).png().toBuffer());
}

/** An SVG with one row of views a strip. */
function drawing(rows: { name: string; png: Uint8Array }[], classes: string[]): string {
  const step = side + margin.gap;
  const width = margin.left + classes.length * step, height = margin.top + rows.length * step;
  const heads = classes.map((name, column) =>
    `<text x="${margin.left + column * step + side / 2}" y="17" text-anchor="middle">` +
    `${escapeXml(shortName(name))}</text>`
  );
  const lines = rows.map(({ name, png }, row) => {
    const y = margin.top + row * step;
    const { definition, show } = strip(`strip${row}`, png, { side, count: classes.length });
    const views = classes.map((_, column) => show(column, margin.left + column * step, y));
    return `${definition}${views.join("")}` +
      `<text x="${margin.left - 10}" y="${y + side / 2 + 5}" text-anchor="end">${name}</text>`;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" ` +
    `font-family="sans-serif" font-size="13"><rect width="100%" height="100%" fill="#fff"/>` +
    `${heads.join("")}${lines.join("")}</svg>`;
}

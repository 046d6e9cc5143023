/** Pairs of two arms side by side, many at a glance: what an arm varies and what it keeps. */
import sharp from "sharp";
import { prng } from "../base/prng.ts";
import type { Dataset } from "../datasets/dataset.ts";
import type { PairList } from "../pairs/pair_list.ts";
import type { Policy } from "../views/policy.ts";
import { viewsSheet } from "../views/preview.ts";
import { escapeXml, shortName, strip } from "./svg.ts";

const side = 64; // pixels of a view on the sheet
const pair = { width: 2 * side + 14, height: side + 22 };
const panelGap = 34, top = 34;

/** Views of the anchors and of the partners, one below the other. */
interface Panel {
  title: string;
  anchors: Uint8Array;
  partners: Uint8Array;
}

/**
 * A PNG of two contact sheets, augmented pairs on the left, semantic ones on the right: the same
 * anchors in the same places, each beside its partner, under its class.
 *
 * @param policy how views are drawn, as in training
 */
export async function contactSheets(
  dataset: Dataset,
  { augmented, semantic }: { augmented: PairList; semantic: PairList },
  policy: Policy,
  { rows = 5, columns = 3, seed = 1 }: { rows?: number; columns?: number; seed?: number } = {},
): Promise<Uint8Array> {
  const count = Math.min(rows * columns, augmented.perEpoch);
  const views = (indices: Int32Array, draw: string) =>
    viewsSheet(dataset, indices.subarray(0, count), policy, prng(seed).fork(draw), {
      columns: 1,
      zoom: side / policy.size,
    });
  const anchors = await views(augmented.anchors, "anchor");
  const panels: Panel[] = [];
  for (
    const [title, list] of [["augmented pairs", augmented], ["semantic pairs", semantic]] as const
  ) {
    panels.push({ title, anchors, partners: await views(list.partners, "partner") });
  }
  const names = [...augmented.anchors.subarray(0, count)].map((i) =>
    dataset.classes[dataset.label(i)] ?? ""
  );
  const svg = drawing(panels, names, columns);
  return new Uint8Array(await sharp(new TextEncoder().encode(svg)).png().toBuffer());
}

function drawing(panels: Panel[], names: string[], columns: number): string {
  const panelWidth = columns * pair.width;
  const width = panels.length * (panelWidth + panelGap) - panelGap + 12;
  const height = top + Math.ceil(names.length / columns) * pair.height;
  const sheets = panels.map((panel, p) => {
    const left = 12 + p * (panelWidth + panelGap);
    const [anchors, partners] = (["anchors", "partners"] as const).map((part) =>
      strip(`${part}${p}`, panel[part], { side, count: names.length })
    );
    const pairs = names.map((name, k) => {
      const x = left + k % columns * pair.width, y = top + Math.floor(k / columns) * pair.height;
      return anchors.show(k, x, y) + partners.show(k, x + side + 2, y) +
        `<text x="${x + side + 1}" y="${y + side + 13}" text-anchor="middle" font-size="11" ` +
        `fill="#444">${escapeXml(shortName(name, 20))}</text>`;
    });
    return `${anchors.definition}${partners.definition}${pairs.join("")}` +
      `<text x="${left}" y="20" font-size="15" font-weight="bold">${panel.title}</text>`;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" ` +
    `font-family="sans-serif"><rect width="100%" height="100%" fill="#fff"/>${
      sheets.join("")
    }</svg>`;
}

/** Kinds of views beside each other: what each leaves of an image. */
import sharp from "sharp";
import { prng } from "../base/prng.ts";
import type { Dataset } from "../datasets/dataset.ts";
import type { Policy } from "../views/policy.ts";
import { viewsSheet } from "../views/preview.ts";
import { escapeXml, strip } from "./svg.ts";

const side = 64; // pixels of a view
const margin = { left: 70, top: 8, gap: 4, between: 16 };

/**
 * A PNG with a row a kind of views: some random views of each of the first images, the images apart.
 *
 * @param kinds policies by name
 */
export async function kindsOfViews(
  dataset: Dataset,
  kinds: Readonly<Record<string, Policy>>,
  { images = 3, views = 4, seed = 1 }: { images?: number; views?: number; seed?: number } = {},
): Promise<Uint8Array> {
  const step = Math.floor(dataset.length / images);
  const indices = Array.from({ length: images * views }, (_, i) => step * Math.floor(i / views));
  const rows: string[] = [];
  for (const [row, [name, policy]] of Object.entries(kinds).entries()) {
    const zoom = side / policy.size;
    const png = await viewsSheet(dataset, indices, policy, prng(seed), { columns: 1, zoom });
    const { definition, show } = strip(`kind${row}`, png, { side, count: indices.length });
    const y = margin.top + row * (side + margin.gap);
    const pictures = indices.map((_, i) => show(i, left(i, views), y));
    rows.push(
      `${definition}${pictures.join("")}<text x="${margin.left - 10}" y="${y + side / 2 + 5}" ` +
        `text-anchor="end">${escapeXml(name)}</text>`,
    );
  }
  const width = left(indices.length, views),
    height = margin.top + rows.length * (side + margin.gap);
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" ` +
    `font-family="sans-serif" font-size="14"><rect width="100%" height="100%" fill="#fff"/>` +
    `${rows.join("")}</svg>`;
  return new Uint8Array(await sharp(new TextEncoder().encode(svg)).png().toBuffer());
}

/** Where view i of all begins: images are farther apart than views. */
const left = (i: number, views: number) =>
  margin.left + i * (side + margin.gap) + Math.floor(i / views) * margin.between;

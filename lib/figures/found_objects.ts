/** Pictures with boxes: what is there, and what the detectors of both arms find. */
import sharp from "sharp";
import { prng } from "../base/prng.ts";
import type { Box, Dataset } from "../datasets/dataset.ts";
import { overlap } from "../evaluation/box_overlap.ts";
import { extentOf, wholeImage } from "../evaluation/box_views.ts";
import { viewsSheet } from "../views/preview.ts";
import { escapeXml, shortName, strip } from "./svg.ts";

/** An object that was found, or, without a score, one that is there. */
export interface FoundObject extends Box {
  /** 0 … 1 */
  score?: number;
}

/** A row of pictures: for each image the objects to be drawn. */
export interface FoundRow {
  name: string;
  objects: readonly (readonly FoundObject[])[];
}

const side = 160; // pixels of a picture
const margin = { left: 110, top: 8, gap: 8 };
const colours = { there: "#ffffff", right: "#27c93f", wrong: "#ff3b30" };

/**
 * A PNG with a column an image: first the objects that are there, then those that each row has found,
 * named with their scores; green where class and place are right (IoU of .5 or more) and no surer one
 * has found the object, else red. Whole images, squeezed to squares.
 *
 * @param indices which images; row i of `objects` is of image `indices[i]`
 */
export async function foundObjects(
  dataset: Dataset,
  indices: readonly number[],
  found: readonly FoundRow[],
): Promise<Uint8Array> {
  const png = await viewsSheet(dataset, indices, wholeImage(side), prng(0), {
    columns: 1,
    zoom: 1,
  });
  const truth = indices.map((i) => dataset.boxes?.(i) ?? []);
  const pictures = strip("pictures", png, { side, count: indices.length });
  const step = side + margin.gap;
  const rows = [{ name: "there", objects: truth }, ...found].map(({ name, objects }, row) => {
    const y = margin.top + row * step;
    const cells = indices.map((_, column) => {
      const x = margin.left + column * step;
      const { height, width } = extentOf(dataset, indices[column]);
      const squeeze = { across: side / width, down: side / height };
      const right = rightOnes(objects[column], truth[column]);
      const drawn = objects[column].map((object) =>
        drawing(object, { right: right.has(object), squeeze, classes: dataset.classes })
      );
      return pictures.show(column, x, y) + `<svg x="${x}" y="${y}" width="${side}" ` +
        `height="${side}" viewBox="0 0 ${side} ${side}">${drawn.join("")}</svg>`;
    });
    return cells.join("") + `<text x="${margin.left - 10}" y="${y + side / 2}" ` +
      `text-anchor="end" font-size="14">${escapeXml(name)}</text>`;
  });
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" font-family="sans-serif" ` +
    `width="${margin.left + indices.length * step}" height="${margin.top + rows.length * step}">` +
    `<rect width="100%" height="100%" fill="#fff"/>${pictures.definition}${rows.join("")}</svg>`;
  return new Uint8Array(await sharp(new TextEncoder().encode(svg)).png().toBuffer());
}

/** Those, the surest first, that find an object of their class which no surer one has found. */
function rightOnes(found: readonly FoundObject[], truth: readonly Box[]): Set<FoundObject> {
  const left = new Set(truth), right = new Set<FoundObject>();
  for (const object of found.toSorted((a, b) => (b.score ?? 0) - (a.score ?? 0))) {
    const own = [...left].find((box) => box.label === object.label && overlap(box, object) >= 0.5);
    if (own && left.delete(own)) right.add(object);
  }
  return right;
}

/** A box with its class, readable on any ground. */
function drawing(
  object: FoundObject,
  { right, squeeze: { across, down }, classes }: {
    right: boolean;
    squeeze: { across: number; down: number };
    classes: readonly string[];
  },
): string {
  const [x, y] = [object.x * across, object.y * down];
  const [width, height] = [object.width * across, object.height * down];
  const colour = object.score === undefined ? colours.there : right ? colours.right : colours.wrong;
  const box = (stroke: string, thickness: number) =>
    `<rect x="${x}" y="${y}" width="${width}" height="${height}" fill="none" ` +
    `stroke="${stroke}" stroke-width="${thickness}"/>`;
  const score = object.score === undefined ? "" : ` ${object.score.toFixed(2)}`;
  const text = escapeXml(shortName(classes[object.label], 16) + score);
  const place = `x="${Math.min(x + 2, side - 70)}" y="${Math.max(10, y - 3)}" font-size="10"`;
  return box("#000", 3.5) + box(colour, 1.8) +
    `<text ${place} stroke="#000" stroke-width="2.5" fill="none">${text}</text>` +
    `<text ${place} fill="${colour}">${text}</text>`;
}

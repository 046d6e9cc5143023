/** Maps of features: the images themselves, each at its place, framed by what it is. */
import sharp from "sharp";
import { Problem } from "../base/problem.ts";
import { prng } from "../base/prng.ts";
import type { Dataset } from "../datasets/dataset.ts";
import { type Column, levelsOf } from "../evaluation/factor_levels.ts";
import { plain } from "../views/policy.ts";
import { viewsSheet } from "../views/preview.ts";
import { escapeXml, shortName } from "./svg.ts";

const side = 24; // pixels of a thumbnail
const frame = 2; // of its frame
const panel = 640, gap = 28, top = 34;
const legend = { entry: 110, line: 22, most: 24 };

/** Ten colours, Tableau's; further ones are hues spread evenly. */
const palette = "4e79a7 f28e2b e15759 76b7b2 59a14f edc948 b07aa1 ff9da7 9c755f bab0ac".split(" ");

/** Of what is ordered, viridis: from dark to light. */
const ramp = "440154 3b528b 21918c 5ec962 fde725".split(" ");

/** Places of the images in one space, e.g. from `umap`. */
export interface FeatureMap {
  title: string;
  /** [n, 2] */
  points: Float32Array;
}

/**
 * A PNG of maps side by side, e.g. of the augmented and of the semantic arm: a thumbnail of every
 * image at its place, in a frame whose colour is its class or another factor; with up to 24 levels
 * a legend names them. Axes of a map have one scale, but no units. Which image lies over another is
 * drawn at random, alike in all maps.
 *
 * @param indices images of the data set; place i is that of image `indices[i]`
 * @param frames values that decide the colours, by place; many numbers are coloured by fifths
 * @throws {Problem} where a map has not one finite place for each image
 * @example
 * ```ts ignore
 * const maps = [{ title: "semantic pairs", points: await umap(features, { seed: 1 }) }];
 * await show(picture(await featureMap(scenes, maps, { indices, frames: concept })));
 * ```
 */
export async function featureMap(
  dataset: Dataset,
  maps: readonly FeatureMap[],
  { indices, frames }: { indices: ArrayLike<number>; frames: Column },
): Promise<Uint8Array> {
  maps.forEach((map) => check(map, indices.length, frames));
  const { names, of } = levelsOf(frames);
  const ordered = frames.every((value) => typeof value === "number");
  const colours = names.map((_, level) => colourOf(level, names.length, ordered));
  const levels = of(frames);
  const thumbnails = await thumbnailsOf(dataset, indices);
  const drawn = thumbnails.map((png, i) =>
    `<g id="i${i}"><rect width="${side + 2 * frame}" height="${side + 2 * frame}" ` +
    `fill="${colours[levels[i]]}"/><image x="${frame}" y="${frame}" width="${side}" ` +
    `height="${side}" href="data:image/png;base64,${png.toBase64()}"/></g>`
  );
  const width = maps.length * (panel + gap) + gap;
  const key = legendOf(names, colours, width - 2 * gap);
  const height = top + panel + gap + key.height;
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" ` +
    `font-family="sans-serif"><rect width="100%" height="100%" fill="#fff"/>` +
    `<defs>${drawn.join("")}</defs>` +
    maps.map((map, m) => panelOf(map, gap + m * (panel + gap))).join("") +
    `<g transform="translate(${gap} ${top + panel + gap})">${key.svg}</g></svg>`;
  return new Uint8Array(await sharp(new TextEncoder().encode(svg)).png().toBuffer());
}

function check({ title, points }: FeatureMap, n: number, frames: Column): void {
  if (n < 1 || points.length !== 2 * n || frames.length !== n) {
    const places = points.length / 2;
    throw new Problem(
      `the map "${title}" has ${places} places and ${frames.length} values of frames for ${n} ` +
        "images: give each image one",
    );
  }
  const at = points.findIndex((v) => !Number.isFinite(v));
  if (at < 0) return;
  throw new Problem(
    `the map "${title}" has image ${at >> 1} at ${points[at]}: give each image a place`,
  );
}

/** A PNG of each image, as the network sees it whole. */
async function thumbnailsOf(dataset: Dataset, indices: ArrayLike<number>): Promise<Uint8Array[]> {
  const policy = plain(side);
  const sheet = await viewsSheet(dataset, indices, policy, prng("whole"), { columns: 1, zoom: 1 });
  const pixels = await sharp(sheet).removeAlpha().raw().toBuffer();
  const size = 3 * side * side;
  const raw = { width: side, height: side, channels: 3 } as const;
  return await Promise.all(
    Array.from(indices, async (_, i) =>
      new Uint8Array(
        await sharp(pixels.subarray(i * size, (i + 1) * size), { raw }).png().toBuffer(),
      )),
  );
}

function panelOf({ title, points }: FeatureMap, left: number): string {
  const [xs, ys] = [0, 1].map((axis) => points.filter((_, at) => at % 2 === axis));
  const [x, y] = [xs, ys].map((along) => ({
    low: least(along),
    high: -least(along.map((v) => -v)),
  }));
  const room = panel - side - 2 * frame;
  const scale = room / (Math.max(x.high - x.low, y.high - y.low) || 1);
  // The shorter side is centred.
  const place = (v: number, { low, high }: typeof x) =>
    (room - scale * (high - low)) / 2 + scale * (v - low);
  const images = prng("order").shuffle(xs.keys()).map((i) =>
    `<use href="#i${i}" x="${place(xs[i], x).toFixed(1)}" y="${place(ys[i], y).toFixed(1)}"/>`
  );
  return `<g transform="translate(${left} ${top})"><text y="-12" font-size="15" ` +
    `font-weight="bold">${escapeXml(title)}</text><rect width="${panel}" height="${panel}" ` +
    `fill="none" stroke="#ddd"/>${images.join("")}</g>`;
}

function legendOf(names: string[], colours: string[], width: number) {
  if (names.length > legend.most) return { svg: "", height: 0 };
  const columns = Math.floor(width / legend.entry);
  const entries = names.map((name, level) => {
    const x = level % columns * legend.entry, y = Math.floor(level / columns) * legend.line;
    return `<rect x="${x}" y="${y}" width="12" height="12" fill="${colours[level]}"/>` +
      `<text x="${x + 17}" y="${y + 10.5}" font-size="12">${escapeXml(shortName(name))}</text>`;
  });
  const height = Math.ceil(names.length / columns) * legend.line + 6;
  return { svg: entries.join(""), height };
}

function colourOf(level: number, levels: number, ordered: boolean): string {
  if (ordered && levels <= ramp.length) return `#${ramp[level]}`;
  if (levels <= palette.length) return `#${palette[level]}`;
  // Neighbours in the list differ in lightness, too.
  return `hsl(${Math.round(360 * level / levels)}, 70%, ${[38, 56, 72][level % 3]}%)`;
}

const least = (numbers: Float32Array) => numbers.reduce((least, v) => Math.min(least, v), Infinity);

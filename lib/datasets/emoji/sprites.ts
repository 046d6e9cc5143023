/** Drawings as pixels: every concept by every artist, cut to what is visible. */
import { Buffer } from "node:buffer";
import sharp from "sharp";
import { type Progress, silent } from "../../base/progress.ts";
import { Problem } from "../../base/problem.ts";
import { boundingBox, type Sprite } from "./layers.ts";
import { drawings } from "./artists.ts";

/** `sprites[artist][concept]` */
export type Sprites = Record<string, Record<string, Sprite>>;

/** Pixels a side that drawings are rendered at: about three times what a 64-pixel scene shows. */
const SPRITE_SIDE = 128;

/**
 * Renders concepts as drawn by artists.
 *
 * @throws {Problem} where an artist has not drawn a concept
 */
export async function renderSprites(
  artists: readonly string[],
  concepts: readonly string[],
  progress: Progress = silent,
): Promise<Sprites> {
  const sprites: Sprites = {};
  const total = artists.length * concepts.length;
  let done = 0;
  for (const artist of artists) {
    const svgs = await drawings(artist, concepts);
    const rendered = await Promise.all(concepts.map(async (concept, i) => {
      const svg = svgs[i];
      if (svg === undefined) {
        throw new Problem(
          `@iconify-json/${artist} has no drawing of ${concept}: use its pinned version`,
        );
      }
      const sprite = await renderSprite(svg);
      progress(++done, total, "drawings");
      return [concept, sprite];
    }));
    sprites[artist] = Object.fromEntries(rendered);
  }
  return sprites;
}

/** Renders one SVG; its transparent margin is cut off, so that artists' margins do not show. */
export async function renderSprite(svg: string): Promise<Sprite> {
  const { data, info } = await sharp(Buffer.from(svg))
    .resize(SPRITE_SIDE, SPRITE_SIDE, { fit: "inside" })
    .ensureAlpha()
    .raw()
    .toBuffer({ resolveWithObject: true });
  return cut({ data: new Uint8Array(data), width: info.width, height: info.height });
}

/** A sprite without the rows and columns around it that are clear. */
function cut({ data, width, height }: Sprite): Sprite {
  const alpha = Float32Array.from({ length: width * height }, (_, p) => data[4 * p + 3] / 255);
  const box = boundingBox(alpha, width, 0.05);
  const cutData = new Uint8Array(4 * box.width * box.height);
  for (let row = 0; row < box.height; row++) {
    const from = 4 * ((box.y + row) * width + box.x);
    cutData.set(data.subarray(from, from + 4 * box.width), 4 * row * box.width);
  }
  return { data: cutData, width: box.width, height: box.height };
}

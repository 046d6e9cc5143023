/** Views to look at: a contact sheet for a notebook. */
import sharp from "sharp";
import type { Prng } from "../base/prng.ts";
import { byteOf } from "./pixels.ts";
import type { Policy } from "./policy.ts";
import { type Images, makeViews } from "./views.ts";

/**
 * A PNG with one row for each image: `columns` random views of it, side by side.
 *
 * @param options.zoom screen pixels for each pixel of a view
 */
export async function viewsSheet(
  images: Images,
  indices: ArrayLike<number>,
  policy: Policy,
  prng: Prng,
  { columns = 8, zoom = 2 }: { columns?: number; zoom?: number } = {},
): Promise<Uint8Array> {
  const { size } = policy;
  const repeated = Array.from(indices).flatMap((i) => Array<number>(columns).fill(i));
  const views = await makeViews(policy)(images, repeated, prng);
  const values = await views.data();
  views.dispose();
  const sheet = { width: columns * size, height: indices.length * size };
  const bytes = new Uint8ClampedArray(3 * sheet.width * sheet.height);
  for (const [at, value] of values.entries()) {
    const channel = at % 3, x = Math.floor(at / 3) % size, y = Math.floor(at / 3 / size) % size;
    const view = Math.floor(at / 3 / size / size);
    const row = Math.floor(view / columns) * size + y, column = view % columns * size + x;
    bytes[3 * (row * sheet.width + column) + channel] = byteOf(
      value,
      channel,
    );
  }
  return new Uint8Array(
    await sharp(bytes, { raw: { ...sheet, channels: 3 } })
      .resize(zoom * sheet.width, zoom * sheet.height, { kernel: "nearest" }).png().toBuffer(),
  );
}

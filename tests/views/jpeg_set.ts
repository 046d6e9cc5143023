/** A set of JPEG files for tests, streamed or held in memory. */
import sharp from "sharp";
import { prng } from "../../lib/base/prng.ts";
import { tf } from "../../lib/engine/mod.ts";
import { imagenet } from "../../lib/views/pixels.ts";
import { plain } from "../../lib/views/policy.ts";
import { type Images, makeViews } from "../../lib/views/views.ts";

/** A JPEG file of smooth random colours; the same for the same seed. */
export async function jpegOf(seed: number, height: number, width: number): Promise<Uint8Array> {
  const random = prng(`jpeg ${seed}`);
  const cells = Uint8Array.from({ length: 3 * 8 * 8 }, () => random.int(256));
  const file = await sharp(cells, { raw: { height: 8, width: 8, channels: 3 } })
    .resize(width, height, { kernel: "cubic", fit: "fill" }).jpeg({ quality: 90 }).toBuffer();
  return new Uint8Array(file);
}

/** Whole files as a streamed set. */
export function streamOf(
  files: { jpeg: Uint8Array; height: number; width: number }[],
): Images & Required<Pick<Images, "stream">> {
  return {
    name: "files",
    id: (i) => `photographs/${i}.jpg`,
    image: () => {
      throw new Error("a streamed set holds no images");
    },
    stream: {
      extent: (i) => ({ height: files[i].height, width: files[i].width }),
      read: (i) => {
        const { jpeg, height, width } = files[i];
        return Promise.resolve({ jpeg, frame: { top: 0, left: 0, height, width } });
      },
    },
  };
}

/** The same square images, decoded and held. */
export async function held(images: Images, count: number, side: number): Promise<Images> {
  const indices = Array.from({ length: count }, (_, i) => i);
  const views = await makeViews(plain(side))(images, indices, prng(1)); // the images themselves
  const bytes = tf.tidy(() =>
    views.mul(imagenet.std).add(imagenet.mean).mul(255).round().transpose([0, 3, 1, 2])
  );
  const values = Uint8Array.from(await bytes.data());
  tf.dispose([views, bytes]);
  const length = 3 * side * side;
  const data = indices.map((i) => values.subarray(i * length, (i + 1) * length));
  return { name: "held", image: (i) => ({ data: data[i], height: side, width: side }) };
}

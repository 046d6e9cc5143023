/** Folders of made-up photographs for tests, and a place to import them. */
import { dirname, join } from "@std/path";
import sharp from "sharp";
import { prng } from "../../lib/base/prng.ts";
import { manifestFile } from "../../lib/datasets/importing/manifest.ts";

/** Contents by their paths. */
export type Files = Record<string, Uint8Array>;

/** A picture of coloured discs, another for each seed. */
export const noise = (seed: number, format: "jpeg" | "png" = "jpeg", width = 48, height = 40) => {
  const circles = Array.from({ length: 9 }, (_, k) => {
    const h = (seed * 97 + k * 61) % 360, x = (seed * 13 + k * 29) % width;
    return `<circle cx="${x}" cy="${(seed * 7 + k * 17) % height}" r="${3 + (seed + k) % 9}" ` +
      `fill="hsl(${h},80%,${30 + (k * 11 + seed) % 50}%)"/>`;
  });
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}">` +
    `<rect width="100%" height="100%" fill="hsl(${seed * 47 % 360},40%,50%)"/>` +
    `${circles.join("")}</svg>`;
  const image = sharp(new TextEncoder().encode(svg)).flatten();
  return image[format]().toBuffer().then((bytes) => new Uint8Array(bytes));
};

/** Runs a test on a folder of files, with a name for the set and data folders of its own. */
export async function withLibrary(
  files: Files,
  test: (folder: string, name: string) => Promise<void>,
): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "library-" });
  const name = `test-${crypto.randomUUID().slice(0, 8)}`;
  const before = Deno.env.get("SEMANTIC_PAIRS_DATA");
  Deno.env.set("SEMANTIC_PAIRS_DATA", join(folder, "data"));
  try {
    for (const [file, content] of Object.entries(files)) {
      const path = join(folder, "images", file);
      await Deno.mkdir(dirname(path), { recursive: true });
      await Deno.writeFile(path, content);
    }
    await test(join(folder, "images"), name);
  } finally {
    if (before === undefined) Deno.env.delete("SEMANTIC_PAIRS_DATA");
    else Deno.env.set("SEMANTIC_PAIRS_DATA", before);
    await Deno.remove(folder, { recursive: true });
    await Deno.remove(manifestFile(name)).catch(() => {});
  }
}

/** So many images of each class, all different. */
export async function someImages(
  perClass: number,
  classes = ["cat", "dog"],
  split = "",
): Promise<Files> {
  const files: Files = {};
  for (const name of classes) {
    for (let k = 0; k < perClass; k++) {
      files[`${split}${name}/${k}.jpg`] = await noise(prng(`${split}${name} ${k}`).int(2 ** 20));
    }
  }
  return files;
}

/**
 * Who draws the concepts: eight emoji sets with open licences, one npm package each.
 *
 * Every concept is drawn by every artist, so artist and class can be crossed completely. Two artists
 * are held out for tests, those whose style is furthest from the others: openmoji (black outlines,
 * sparse flat colour) and fluent-emoji (soft shading as of a 3-D rendering). Its flat re-release,
 * fluent-emoji-flat, is not used at all: the same drawings must not stand on both sides of the split.
 * (noto and noto-v1 share a name but not their drawings; both are on the same side anyway.)
 */
import { createRequire } from "node:module";

/** The artists by their part in the study. */
export const artists = {
  pretraining: ["noto", "noto-v1", "twemoji", "emojione", "emojione-v1", "fxemoji"],
  heldOut: ["openmoji", "fluent-emoji"],
} as const;

/** All artists, those of pretraining first. */
export const allArtists: readonly string[] = [...artists.pretraining, ...artists.heldOut];

/** What a package says of itself in its info.json. */
export interface ArtistInfo {
  /** The set's title, e.g. `Noto Emoji`. */
  name: string;
  author: { name: string; url: string };
  license: { title: string; spdx: string; url: string };
}

/** Title, author and licence of an artist's package. */
export function artistInfo(artist: string): Promise<ArtistInfo> {
  return importJson<ArtistInfo>(artist, "info.json");
}

/** The installed version of an artist's package. */
export async function artistVersion(artist: string): Promise<string> {
  return (await importJson<{ version: string }>(artist, "package.json")).version;
}

interface IconSet {
  icons: Record<string, { body: string; left?: number; top?: number } & Partial<Extent>>;
  aliases?: Record<string, { parent: string }>;
  width: number;
  height: number;
}

interface Extent {
  width: number;
  height: number;
}

/**
 * The drawings of an artist as SVG documents.
 *
 * noto, twemoji and openmoji say which codepoint an icon is for; the others are matched by name,
 * under any of the names that those three give the codepoint.
 *
 * @param names concepts, by their names in noto
 * @returns one SVG a concept; undefined where the artist has none
 */
export async function drawings(
  artist: string,
  names: readonly string[],
): Promise<(string | undefined)[]> {
  const set = await readJson<IconSet>(artist, "icons.json");
  const own = await codepoints(artist);
  const others = await Promise.all(["noto", "twemoji", "openmoji"].map(codepoints));
  const codeOf = new Map([...others[0]].map(([code, name]) => [name, code]));
  const byName = new Map(
    Object.keys({ ...set.aliases, ...set.icons }).map((name) => [plain(name), name]),
  );
  return names.map((name) => {
    const code = codeOf.get(name) ?? "";
    const known = [name, ...others.map((chars) => chars.get(code) ?? name)];
    const icon = own.get(code) ?? known.map((n) => byName.get(plain(n))).find(Boolean);
    return icon && svg(set, icon);
  });
}

/** Codepoint → icon name; empty where the package does not say. Variation selectors are dropped. */
async function codepoints(artist: string): Promise<Map<string, string>> {
  const chars = await readJson<Record<string, string>>(artist, "chars.json");
  return new Map(Object.entries(chars).map(([code, name]) => [code.replaceAll("-fe0f", ""), name]));
}

function svg(set: IconSet, name: string): string {
  const icon = set.icons[name] ?? set.icons[set.aliases![name].parent];
  const { left = 0, top = 0, width = set.width, height = set.height } = icon;
  return `<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" ` +
    `width="${width}" height="${height}" viewBox="${left} ${top} ${width} ${height}">` +
    `${icon.body}</svg>`;
}

/** `Man’s shoe`, `mans-shoe` and `mansshoe` are one name. */
const plain = (name: string) => name.toLowerCase().replace(/[^a-z0-9]/g, "");

/** Imports a small JSON file of a package; Deno installs the package if it is not there yet. */
async function importJson<T>(artist: string, file: string): Promise<T> {
  const module = await import(`@iconify-json/${artist}/${file}`, { with: { type: "json" } });
  return module.default as T;
}

/** Reads a large JSON file of a package: an imported one (up to 100 MB) would never be freed. */
async function readJson<T>(artist: string, file: string): Promise<T> {
  await importJson(artist, "package.json"); // installs it
  const path = createRequire(import.meta.url).resolve(`@iconify-json/${artist}/${file}`);
  return JSON.parse(await Deno.readTextFile(path)) as T;
}

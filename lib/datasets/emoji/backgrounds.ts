/**
 * Procedural backgrounds: a pattern mixes two colours, a texture roughens the result.
 *
 * Coordinates u, v run over [0, 1) from the top left corner, so that a scene is the same picture at
 * every size. A pattern's edges are about a pixel of a 32-pixel picture wide (no aliasing).
 */
import type { Prng } from "../../base/prng.ts";

/** A function of the place in the picture. */
export type Field = (u: number, v: number) => number;

/** Colour as red, green, blue in [0, 1]. */
export type Rgb = readonly [number, number, number];

/** Kinds of pattern; a field in [0, 1] says how much of the second colour is mixed in. */
export const patterns: Record<string, (prng: Prng) => Field> = {
  flat: () => () => 0,
  gradient: (prng) => {
    const along = direction(prng);
    return (u, v) => clamp(0.5 + along(u - 0.5, v - 0.5));
  },
  stripes: (prng) => {
    const along = direction(prng), period = prng.uniform(0.2, 0.5), phase = prng.next();
    return (u, v) => square(along(u, v) / period + phase, period);
  },
  checks: (prng) => {
    const along = direction(prng), period = prng.uniform(0.3, 0.7);
    return (u, v) => {
      const a = square(along(u, v) / period, period), b = square(along(-v, u) / period, period);
      return a + b - 2 * a * b;
    };
  },
  dots: (prng) => {
    const along = direction(prng), period = prng.uniform(0.15, 0.35), r = prng.uniform(0.2, 0.4);
    return (u, v) => {
      const x = fraction(along(u, v) / period) - 0.5, y = fraction(along(-v, u) / period) - 0.5;
      return edge((r - Math.hypot(x, y)) * period);
    };
  },
  rings: (prng) => {
    const x = prng.next(), y = prng.next(), period = prng.uniform(0.15, 0.4);
    return (u, v) => square(Math.hypot(u - x, v - y) / period, period);
  },
  cloud: (prng) => {
    const noise = valueNoise(prng, prng.uniform(2, 4)), fine = valueNoise(prng, 8);
    return (u, v) => clamp(1.6 * (0.7 * noise(u, v) + 0.3 * fine(u, v)) - 0.3);
  },
  patches: (prng) => {
    const sites = Array.from({ length: 4 + prng.int(6) }, () => [prng.next(), prng.next()]);
    const shades = sites.map(() => prng.next());
    return (u, v) => shades[nearest(sites, u, v)];
  },
};

/** Kinds of texture; a field in [-1, 1] that brightens or darkens. */
export const textures: Record<string, (prng: Prng) => Field> = {
  none: () => () => 0,
  grain: (prng) => {
    const noise = valueNoise(prng, 31);
    return (u, v) => 2 * noise(u, v) - 1;
  },
  blotches: (prng) => {
    const noise = valueNoise(prng, prng.uniform(6, 12));
    return (u, v) => 2 * noise(u, v) - 1;
  },
  hatch: (prng) => {
    const along = direction(prng), frequency = 2 * Math.PI * prng.uniform(6, 11);
    return (u, v) => Math.sin(frequency * along(u, v));
  },
  weave: (prng) => {
    const along = direction(prng), frequency = 2 * Math.PI * prng.uniform(5, 9);
    return (u, v) => Math.sin(frequency * along(u, v)) * Math.sin(frequency * along(-v, u));
  },
};

/** Hue in [0, 1), saturation and value in [0, 1] to RGB. */
export function rgb(hue: number, saturation: number, value: number): Rgb {
  const channel = (n: number) => {
    const k = (n + 6 * hue) % 6;
    return value * (1 - saturation * Math.max(0, Math.min(k, 4 - k, 1)));
  };
  return [channel(5), channel(3), channel(1)];
}

/** Smooth noise in [0, 1]: random values on a grid of `cells` a side, interpolated (Perlin's fade). */
export function valueNoise(prng: Prng, cells: number): Field {
  const side = Math.ceil(cells) + 2;
  const values = Float32Array.from({ length: side * side }, () => prng.next());
  return (u, v) => {
    const x = u * cells, y = v * cells, column = Math.floor(x), row = Math.floor(y);
    const at = row * side + column, s = fade(x - column), t = fade(y - row);
    const top = values[at] * (1 - s) + values[at + 1] * s;
    const bottom = values[at + side] * (1 - s) + values[at + side + 1] * s;
    return top * (1 - t) + bottom * t;
  };
}

/** 0 outside, 1 inside, for a signed distance to an edge in units of the side. */
export const edge = (distance: number) => clamp(0.5 + distance * 32);

/** Limits to [0, 1]. */
export const clamp = (x: number) => x < 0 ? 0 : x > 1 ? 1 : x;

const fraction = (x: number) => x - Math.floor(x);
const fade = (t: number) => t * t * t * (t * (6 * t - 15) + 10);

/** A square wave of x with period 1, whose soft edges fit a period of `period` sides. */
const square = (x: number, period: number) => edge((0.25 - Math.abs(fraction(x) - 0.5)) * period);

/** Distance along a random direction. */
function direction(prng: Prng): Field {
  const angle = prng.uniform(0, 2 * Math.PI), c = Math.cos(angle), s = Math.sin(angle);
  return (u, v) => c * u + s * v;
}

function nearest(sites: number[][], u: number, v: number): number {
  let best = 0, least = Infinity;
  for (let i = 0; i < sites.length; i++) {
    const distance = (sites[i][0] - u) ** 2 + (sites[i][1] - v) ** 2;
    if (distance < least) [best, least] = [i, distance];
  }
  return best;
}

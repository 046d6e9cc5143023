/**
 * One scene: objects on a textured background among clutter, under one light.
 *
 * Positions and lengths are in units of the picture's side; the same scene can be painted at every
 * size. Its factors say who drew each object, where it is, on what, in which light, with how much
 * clutter; finer draws (second colour, strength of the texture, look of the clutter) are not listed.
 */
import type { Prng } from "../../base/prng.ts";
import type { Box, Factors } from "../dataset.ts";
import { clamp, patterns, rgb, textures } from "./backgrounds.ts";
import {
  boundingBox,
  forEachPixel,
  hide,
  type Layer,
  layOver,
  type Pose,
  shapeLayer,
  type Sprite,
  spriteLayer,
} from "./layers.ts";

/** A pixel shows an object when the object makes up at least this part of it. */
const VISIBLE = 0.25;

/** An object of a scene. */
export interface SceneObject {
  sprite: Sprite;
  artist: string;
  label: number;
  pose: Pose;
}

/** What is painted of a scene. */
export interface Parts {
  /** Whose background and clutter behind the objects is shown, by default its own; null: black. */
  backdrop?: Prng | null;
  /** Whether the objects are there, and the clutter in front of them. */
  foreground?: boolean;
}

/** A painted scene. */
export interface Composition {
  /** [3, size, size] planar bytes. */
  pixels: Uint8Array;
  factors: Factors;
  /** Tight around what is visible of each object; none for a hidden object. */
  boxes: Box[];
}

/**
 * Composes a scene; later objects lie over earlier ones.
 *
 * @param random decides everything but the objects
 * @param size pixels a side
 */
export function compose(
  random: Prng,
  size: number,
  objects: readonly SceneObject[],
  { backdrop = random, foreground = true }: Parts = {},
): Composition {
  const { canvas, behind, ...background } = paintBackdrop(backdrop, size, objects);
  const front = foreground ? scatter(random.fork("clutter"), size, objects).front : [];
  const shown = foreground ? objects : [];
  const light = drawLight(random.fork("light"));
  const visible: Float32Array[] = [];
  for (const layer of behind) layOver(canvas, layer);
  shown.forEach(({ sprite, pose }) => {
    const layer = spriteLayer(sprite, pose, size);
    for (const below of visible) hide(below, layer.alpha);
    visible.push(layer.alpha);
    layOver(canvas, layer);
  });
  for (const layer of front) {
    for (const below of visible) hide(below, layer.alpha);
    layOver(canvas, layer);
  }
  const boxes = shown.map(({ label }, i) => ({
    ...boundingBox(visible[i], size, VISIBLE),
    label,
  }));
  return {
    pixels: illuminate(canvas, size, light),
    factors: {
      ...objectFactors(shown),
      ...background.factors,
      ...light,
      clutter: behind.length + front.length,
      clutterInFront: front.length,
    },
    boxes: boxes.filter((box) => box.width > 0),
  };
}

/** The factors of one object by their plain names; of several with the object's number behind. */
function objectFactors(objects: readonly SceneObject[]): Factors {
  const entries = objects.flatMap(({ artist, pose }, i) =>
    Object.entries({ artist, ...pose }).map(([name, value]) =>
      [objects.length === 1 ? name : `${name} ${i + 1}`, value] as const
    )
  );
  return Object.fromEntries(entries);
}

/** All that lies behind the objects. */
function paintBackdrop(random: Prng | null, size: number, objects: readonly SceneObject[]) {
  if (!random) return { canvas: new Float32Array(3 * size * size), behind: [], factors: {} };
  const { behind } = scatter(random.fork("clutter"), size, objects);
  return { ...paintBackground(random.fork("background"), size), behind };
}

function paintBackground(random: Prng, size: number): { canvas: Float32Array; factors: Factors } {
  const background = pick(random, Object.keys(patterns));
  const texture = pick(random, Object.keys(textures));
  const backgroundHue = random.next();
  const first = rgb(backgroundHue, random.uniform(0.1, 0.9), random.uniform(0.25, 1));
  const second = rgb(random.next(), random.uniform(0.1, 0.9), random.uniform(0.25, 1));
  const strength = random.uniform(0.04, 0.14);
  const mix = patterns[background](random), rough = textures[texture](random);
  const canvas = new Float32Array(3 * size * size);
  forEachPixel(size, (u, v, p) => {
    const t = mix(u, v), added = strength * rough(u, v);
    for (let c = 0; c < 3; c++) {
      canvas[c * size * size + p] = clamp(first[c] + t * (second[c] - first[c]) + added);
    }
  });
  return { canvas, factors: { background, backgroundHue, texture } };
}

/** Up to two small shapes: behind the objects anywhere, or in front on the rim of one. */
function scatter(random: Prng, size: number, objects: readonly SceneObject[]) {
  const behind: Layer[] = [], front: Layer[] = [];
  const clutter = random.int(3);
  for (let i = 0; i < clutter; i++) {
    const look = {
      kind: pick(random, ["disc", "square", "bar"] as const),
      angle: random.uniform(0, Math.PI),
      color: rgb(random.next(), random.uniform(0.2, 0.9), random.uniform(0.2, 1)),
    };
    if (random.next() < 0.5) {
      const x = random.next(), y = random.next(), radius = random.uniform(0.05, 0.15);
      behind.push(shapeLayer({ ...look, x, y, radius }, size));
    } else {
      const { x, y, scale } = pick(random, objects).pose;
      const radius = scale * random.uniform(0.08, 0.18), at = random.uniform(0, 2 * Math.PI);
      const rim = { x: x + 0.5 * scale * Math.cos(at), y: y + 0.5 * scale * Math.sin(at) };
      front.push(shapeLayer({ ...look, ...rim, radius }, size));
    }
  }
  return { behind, front };
}

interface Light {
  /** Factor on all pixels. */
  light: number;
  /** How much brighter it is on the lit side than in the middle. */
  lightSlope: number;
  /** Degrees clockwise from the right: the side that the light comes from. */
  lightDirection: number;
  /** -1 (bluish) to 1 (reddish). */
  temperature: number;
}

function drawLight(random: Prng): Light & Factors {
  return {
    light: random.uniform(0.7, 1.25),
    lightSlope: random.uniform(0, 0.35),
    lightDirection: random.uniform(0, 360),
    temperature: random.uniform(-1, 1),
  };
}

function illuminate(canvas: Float32Array, size: number, light: Light): Uint8Array {
  const angle = light.lightDirection * Math.PI / 180;
  const right = 2 * light.lightSlope * Math.cos(angle);
  const down = 2 * light.lightSlope * Math.sin(angle);
  const gains = [1 + 0.2 * light.temperature, 1, 1 - 0.2 * light.temperature];
  const pixels = new Uint8Array(canvas.length);
  forEachPixel(size, (u, v, p) => {
    const brightness = 255 * light.light * (1 + right * (u - 0.5) + down * (v - 0.5));
    for (let c = 0; c < 3; c++) {
      const q = c * size * size + p;
      pixels[q] = Math.round(Math.min(255, canvas[q] * brightness * gains[c]));
    }
  });
  return pixels;
}

const pick = <T>(random: Prng, items: readonly T[]): T => items[random.int(items.length)];

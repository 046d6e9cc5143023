/** Emoji scenes for detection: several objects each, with a box around what is visible of each. */
import type { Prng } from "../../base/prng.ts";
import { artists } from "./artists.ts";
import { compose, type Composition, type SceneObject } from "./composition.ts";
import type { Pose } from "./layers.ts";
import type { Sprites } from "./sprites.ts";
import { gather, type ImageRecords } from "./image_records.ts";

/** What scenes are made with. */
export interface Studio {
  /** Pixels a side. */
  size: number;
  sprites: Sprites;
  /** Told of every scene that is made. */
  made: () => Promise<void>;
}

/** Scenes of two to five objects, the largest first (the smaller lie over it). */
export async function makeMultiObject(
  random: Prng,
  classes: string[],
  count: number,
  { size, sprites, made }: Studio,
): Promise<ImageRecords> {
  const labels: number[] = [], scenes: Composition[] = [];
  for (let i = 0; i < count; i++) {
    const scene = random.fork(i);
    const objects = drawPoses(scene, 2 + scene.int(4)).map((pose): SceneObject => {
      const label = scene.int(classes.length);
      const artist = artists.pretraining[scene.int(artists.pretraining.length)];
      return { sprite: sprites[artist][classes[label]], artist, label, pose };
    });
    labels.push(objects[0].label);
    scenes.push(compose(scene, size, objects));
    await made();
  }
  return gather("emoji scenes, multi-object", classes, size, labels, scenes);
}

/** Poses that hardly overlap: of some tries for each, the one farthest from the others. */
function drawPoses(random: Prng, count: number): Pose[] {
  const scales = Array.from({ length: count }, () => random.uniform(0.24, 0.42));
  const poses: Pose[] = [];
  for (const scale of scales.sort((a, b) => b - a)) {
    const tries = Array.from({ length: 12 }, () => {
      const x = random.uniform(scale / 2, 1 - scale / 2);
      const y = random.uniform(scale / 2, 1 - scale / 2);
      const gaps = poses.map((p) => Math.hypot(p.x - x, p.y - y) - (p.scale + scale) / 2);
      return { x, y, gap: Math.min(0, ...gaps) };
    });
    const { x, y } = tries.reduce((best, one) => one.gap > best.gap ? one : best);
    poses.push({ x, y, scale, rotation: random.uniform(-30, 30) });
  }
  return poses;
}

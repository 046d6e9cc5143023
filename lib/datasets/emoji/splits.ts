/** The splits of the emoji scenes: which classes, artists and poses, image by image. */
import { type Prng, prng } from "../../base/prng.ts";
import { nextTurn, type Progress } from "../../base/progress.ts";
import { allArtists, artists } from "./artists.ts";
import { compose, type Composition } from "./composition.ts";
import { concepts as pool } from "./concepts.ts";
import type { Pose } from "./layers.ts";
import { renderSprites } from "./sprites.ts";
import { makeMultiObject, type Studio } from "./multi_object.ts";
import { gather, type ImageRecords } from "./image_records.ts";

/** Images a class (multiObject: in all), where no option says. */
export const COUNTS = {
  probe: 20,
  heldOutScenes: 20,
  heldOutArtists: 20,
  heldOutConcepts: 30,
  multiObject: 500,
};

/** Complete options. */
export interface Plan {
  concepts: number;
  heldOutConcepts: number;
  scenes: number;
  size: number;
  seed: number;
}

/** Scenes of one object each. */
export interface Split {
  name: string;
  classes: string[];
  artists: readonly string[];
  perClass: number;
}

/**
 * Makes all splits: pretraining, probe, held-out scenes, held-out artists, held-out concepts (probe,
 * test), multi-object scenes.
 */
export async function makeSplits(plan: Plan, progress: Progress): Promise<ImageRecords[]> {
  const splits = splitsOf(plan), random = prng(plan.seed), { size } = plan;
  const seen = splits[0].classes, classes = [...seen, ...splits.at(-1)!.classes];
  const images = splits.reduce((n, split) => n + split.classes.length * split.perClass, 0);
  const total = classes.length * allArtists.length + images + COUNTS.multiObject;
  let done = 0;
  const sprites = await renderSprites(allArtists, classes, () => {
    progress(++done, total, "drawings");
  });
  const made = async () => {
    progress(++done, total, "scenes");
    if (done % 100 === 0) await nextTurn();
  };
  const studio = { size, sprites, made };
  const records: ImageRecords[] = [];
  for (const split of splits) {
    records.push(await makeSplit(random.fork(split.name), split, studio));
  }
  const multiObject = random.fork("multi-object");
  return [...records, await makeMultiObject(multiObject, seen, COUNTS.multiObject, studio)];
}

/** Classes come from both ends of one shuffled list: neither choice depends on the other's size. */
export function splitsOf({ concepts, heldOutConcepts, scenes, seed }: Plan): Split[] {
  const seen = firstConcepts(seed, concepts);
  const other = firstConcepts(seed, pool.length).toReversed().slice(0, heldOutConcepts);
  const { pretraining, heldOut } = artists;
  const splits: [string, string[], readonly string[], number][] = [
    ["pretraining", seen, pretraining, scenes],
    ["probe", seen, pretraining, COUNTS.probe],
    ["held-out scenes", seen, pretraining, COUNTS.heldOutScenes],
    ["held-out artists", seen, heldOut, COUNTS.heldOutArtists],
    ["held-out concepts, probe", other, pretraining, COUNTS.heldOutConcepts],
    ["held-out concepts, test", other, pretraining, COUNTS.heldOutConcepts],
  ];
  return splits.map(([name, classes, artists, perClass]) => ({ name, classes, artists, perClass }));
}

/** The first classes of pretraining, however many there are. */
export function firstConcepts(seed: number, count: number): string[] {
  return prng(seed).fork("concepts").shuffle(pool).slice(0, count);
}

/** Scenes of one object each, class after class. */
async function makeSplit(
  random: Prng,
  { name, classes, artists, perClass }: Split,
  { size, sprites, made }: Studio,
): Promise<ImageRecords> {
  const labels: number[] = [], scenes: Composition[] = [];
  for (const [label, concept] of classes.entries()) {
    for (let i = 0; i < perClass; i++) {
      const { scene, object } = drawScene(random.fork(concept), artists, i);
      const sprite = sprites[object.artist][concept];
      labels.push(label);
      scenes.push(compose(scene, size, [{ ...object, sprite, label }]));
      await made();
    }
  }
  return gather(`emoji scenes, ${name}`, classes, size, labels, scenes);
}

/**
 * Scene i of a class: who drew its object and how that lies, and what decides all the rest.
 *
 * @param random of the split, forked by the class's name
 */
export function drawScene(random: Prng, artists: readonly string[], i: number) {
  const scene = random.fork(i), artist = artistOf(random, artists, i);
  return { scene, object: { artist, pose: drawPose(scene) } };
}

/** Every run of `artists.length` images has each artist once, in a random order. */
function artistOf(random: Prng, artists: readonly string[], i: number): string {
  const round = Math.floor(i / artists.length);
  return random.fork(`artists ${round}`).shuffle(artists)[i % artists.length];
}

/** An object somewhere in the frame: 0.55 to 0.95 of the side, up to 20 degrees off the upright. */
function drawPose(random: Prng): Pose {
  const scale = random.uniform(0.55, 0.95), room = (1 - scale) / 2;
  return {
    x: random.uniform(0.5 - room, 0.5 + room),
    y: random.uniform(0.5 - room, 0.5 + room),
    scale,
    rotation: random.uniform(-20, 20),
  };
}

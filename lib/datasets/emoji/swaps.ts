/** The held-out emoji scenes with other backgrounds, or with a part left out. */
import { type Prng, prng } from "../../base/prng.ts";
import { nextTurn, type Progress } from "../../base/progress.ts";
import { compose, type Composition, type Parts } from "./composition.ts";
import { gather, type ImageRecords } from "./image_records.ts";
import { drawScene, type Plan, splitsOf } from "./splits.ts";
import { renderSprites } from "./sprites.ts";

/** The variants, in the order in which they are made. */
export const variants = ["mixedSame", "mixedRandom", "onlyBackground", "onlyForeground"] as const;

/** Whose background a scene is given: scene `scene` of class `label`. */
interface Giver {
  label: number;
  scene: number;
}

/** Makes the variants of the held-out scenes, each in the order of the scenes. */
export async function makeSwaps(plan: Plan, progress: Progress): Promise<ImageRecords[]> {
  const { classes, artists, perClass, name } = splitsOf(plan)
    .find(({ name }) => name === "held-out scenes")!;
  const drawingCount = artists.length * classes.length, { size } = plan;
  const total = drawingCount + classes.length * perClass;
  const sprites = await renderSprites(
    artists,
    classes,
    (done) => progress(done, total, "drawings"),
  );
  const random = prng(plan.seed).fork(name);
  const drawn = classes.map((concept) =>
    Array.from({ length: perClass }, (_, i) => drawScene(random.fork(concept), artists, i))
  );
  const giversOf = dealBackgrounds(random.fork("backgrounds"), classes.length, perClass);
  const labels: number[] = [], made = variants.map((): Composition[] => []);
  for (const label of classes.keys()) {
    for (const [i, { scene, object }] of drawn[label].entries()) {
      const sprite = sprites[object.artist][classes[label]];
      const paint = (parts: Parts) => compose(scene, size, [{ ...object, sprite, label }], parts);
      const mixed = giversOf(label, i).map((giver) => {
        const { factors, ...rest } = paint({ backdrop: drawn[giver.label][giver.scene].scene });
        const backgroundFrom = giver.label * perClass + giver.scene;
        return { ...rest, factors: { ...factors, backgroundFrom } };
      });
      [...mixed, paint({ foreground: false }), paint({ backdrop: null })]
        .forEach((composition, v) => made[v].push(composition));
      labels.push(label);
      if (labels.length % 25 === 0) await nextTurn();
      progress(drawingCount + labels.length, total, "swaps");
    }
  }
  return made.map((scenes, v) =>
    gather(`emoji scenes, ${name}, ${variants[v]}`, [...classes], size, labels, scenes)
  );
}

/**
 * For scene i of a class: whose background it has among scenes of the same class, and of another one.
 * Every background is given to exactly one scene of each variant, so that no variant has others than
 * the originals have.
 */
function dealBackgrounds(random: Prng, classes: number, perClass: number) {
  const scenes = Array.from({ length: classes }, () => 1 + random.int(perClass - 1));
  const others = Array.from({ length: perClass }, () => 1 + random.int(classes - 1));
  return (label: number, scene: number): [Giver, Giver] => [
    { label, scene: (scene + scenes[label]) % perClass },
    { label: (label + others[scene]) % classes, scene },
  ];
}

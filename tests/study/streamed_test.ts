/** Sets that are too large for memory: the tasks of the profile `imagenet`, in small. */
import { ok, strictEqual } from "node:assert/strict";
import sharp from "sharp";
import { importSet } from "../../lib/datasets/library.ts";
import { dispose } from "../../lib/engine/mod.ts";
import { frozenFrom } from "../../lib/evaluation/frozen.ts";
import { foundObjects } from "../../lib/figures/found_objects.ts";
import { ownData, ownImages } from "../../lib/study/own_images.ts";
import { invariances as question } from "../../lib/study/questions.ts";
import { invariances } from "../../lib/study/tasks/invariance.ts";
import { initialBackbone } from "../../lib/training/fit.ts";
import { jpegOf, streamOf } from "../views/jpeg_set.ts";
import { toyDataset } from "../pairs/toy_dataset.ts";
import { someImages, withLibrary } from "../datasets/photographs.ts";

Deno.test("invariance of streamed images: some of them are held, with factors that are measured", async () => {
  await withLibrary(await someImages(80), async (folder, name) => {
    await importSet(name, [folder]);
    const data = { ...ownData(name, 32), frame: "whole" as const };
    const own = { data, pairs: 80, methods: ["simclr"], seeds: 1, steps: 2, folder };
    const [cell] = ownImages(own).cells;
    const { task } = question("imagenet").assessments[0];
    if (task.kind !== "invariance") throw new TypeError(task.kind);
    const variables = initialBackbone(cell.backbone, 1);
    const network = await frozenFrom(cell.backbone, variables);
    const few = { ...task, most: 24, changed: 6, transformations: ["rotation" as const] };
    const { measures } = await invariances(network, cell, few, {});
    network.release();
    dispose(variables);
    const value = (subject: string, measure: string) =>
      measures.find((row) => row.subject === subject && row.measure === measure)?.value;
    for (const factor of ["concept", "light", "contrast", "warmth", "background"]) {
      ok(value(factor, "probe") !== undefined, factor);
    }
    strictEqual(value("unchanged", "consistency"), 100);
    ok(value("rotation 5", "accuracy") !== undefined);
  });
});

Deno.test("found objects are drawn on streamed images of any shape", async () => {
  const sizes = [[20, 40], [30, 10]];
  const files = await Promise.all(
    sizes.map(async ([height, width], i) => ({
      jpeg: await jpegOf(i, height, width),
      height,
      width,
    })),
  );
  const box = { x: 0, y: 0, width: 10, height: 10, label: 0 };
  const images = { ...toyDataset([1, 1]), ...streamOf(files), boxes: () => [box] };
  const found = [{ ...box, score: 1 }];
  const png = await foundObjects(images, [0, 1], [{ name: "semantic", objects: [found, found] }]);
  const { width, height } = await sharp(png).metadata();
  ok(width! > 2 * 160 && height! > 2 * 160, `${width} x ${height}`);
});

/** The profile `imagenet`: its cells, and each of its stages once, on sets of a few images. */
import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { join } from "@std/path";
import { manifestFile } from "../../lib/datasets/importing/manifest.ts";
import { importSet } from "../../lib/datasets/library.ts";
import { assess, observations } from "../../lib/study/assess.ts";
import type { Assessments, Task } from "../../lib/study/assessment.ts";
import { audit } from "../../lib/study/audit.ts";
import { runFolder } from "../../lib/study/run_folder.ts";
import type { Cell } from "../../lib/study/cell.ts";
import { type Design, perMethodGains } from "../../lib/study/design.ts";
import { inputsOf } from "../../lib/study/material.ts";
import { detection, invariances, transfer } from "../../lib/study/questions.ts";
import { run } from "../../lib/study/run.ts";
import type { ResNetConfig } from "../../lib/models/resnet.ts";
import { weak } from "../../lib/views/policy.ts";
import { type Files, noise, someImages, withLibrary } from "../datasets/photographs.ts";

const size = 64; // pixels a side, where ImageNet has 224 and VOC 544

Deno.test("imagenet: ResNet-50 with published rates, as published batches, each method in both arms", () => {
  const { cells, conclusive } = perMethodGains("imagenet");
  ok(conclusive);
  strictEqual(cells.length, 3 * (1 + 2 * 12));
  for (const { backbone, training, data } of cells) {
    ok(backbone.architecture === "resnet" && backbone.block === "bottleneck");
    deepStrictEqual([backbone.blocks, backbone.stem], [[3, 4, 6, 3], "imagenet"]);
    deepStrictEqual([training.batchSize, training.epochs, training.views.size], [256, 100, 224]);
    ok(data.source === "images" && data.frame === "whole"); // streamed
  }
});

/** A year of VOC with a few annotated images in each split. */
async function vocFiles(): Promise<Files> {
  const encode = (text: string) => new TextEncoder().encode(text);
  const files: Files = {}, home = "voc/VOC2007";
  for (const [s, split] of ["train", "val", "test"].entries()) {
    const ids = [0, 1, 2].map((i) => `${s}${i}`);
    files[`${home}/ImageSets/Main/${split}.txt`] = encode(ids.join("\n") + "\n");
    for (const id of ids) {
      files[`${home}/JPEGImages/${id}.jpg`] = await noise(Number(id) + 5, "jpeg", 80, 60);
      files[`${home}/Annotations/${id}.xml`] = encode(
        `<annotation><object><name>${Number(id) % 2 ? "dog" : "cat"}</name><bndbox><xmin>8</xmin>` +
          "<ymin>8</ymin><xmax>60</xmax><ymax>50</ymax></bndbox></object></annotation>",
      );
    }
  }
  return files;
}

/**
 * The profile's cell with all of its settings, but few and small images, one epoch, and one block a
 * stage: in so few steps the statistics of fifty layers do not settle.
 */
function small(cell: Cell, name: string): Cell {
  if (cell.data.source !== "images") throw new TypeError(cell.data.source);
  const { crops } = cell.training, views = { ...cell.training.views, size };
  const small = crops && { crops: { ...crops, views: { ...crops.views, size: size / 2 } } };
  return {
    ...cell,
    backbone: { ...cell.backbone as ResNetConfig, blocks: [1, 1, 1, 1] },
    data: { ...cell.data, name, size, heldOutClasses: 2, probeShare: 0.5 },
    pairing: { ...cell.pairing, rounds: 1 },
    training: { ...cell.training, epochs: 1, batchSize: 8, warmupEpochs: 1, views, ...small },
  };
}

/** The profile's task, with as few steps and images as can be. */
function smallTask(task: Task, voc: string): Task {
  switch (task.kind) {
    case "transfer":
      return { ...task, grid: [1], fewShot: { ...task.fewShot, shots: [1], queries: 1, ways: 2 } };
    case "finetune":
      return { ...task, steps: 1, batchSize: 4, views: weak(size), grid: task.grid.slice(0, 1) };
    case "invariance":
      return {
        ...task,
        factors: ["light"], // others have more levels than there are images
        ...{ grid: [1], most: 100, changed: 4, transformations: ["rotation"] },
      };
    case "detection": {
      if (task.data.source !== "images") throw new TypeError(task.data.source);
      const views = { ...task.training.views, size };
      return {
        ...task,
        data: { ...task.data, name: voc, size },
        training: { ...task.training, steps: 1, batchSize: 2, warmup: 0, views },
      };
    }
  }
}

Deno.test("imagenet: every stage runs, on an ImageFolder and on VOC", async () => {
  const classes = ["a", "b", "c", "d", "e"];
  const files = {
    ...await someImages(20, classes, "photos/train/"),
    ...await someImages(4, classes, "photos/val/"),
    ...await vocFiles(),
  };
  await withLibrary(files, async (folder, name) => {
    const voc = `${name}-voc`;
    await importSet(name, [join(folder, "photos")]);
    await importSet(voc, [join(folder, "voc")]);
    const cells = perMethodGains("imagenet").cells
      .filter(({ method, seed }) =>
        seed === 1 && ["random", "simclr", "swav"].includes(method.name)
      )
      .map((cell) => small(cell, name));
    const common = {
      profile: "imagenet",
      conclusive: true,
      folder: join(folder, "results"),
      cells,
    };
    try {
      const design: Design = { ...common, figure: "per-method gains" };
      strictEqual((await audit(design, await run(design))).runs, 5);
      const tasks = [transfer, detection, invariances].flatMap((question) => {
        const { assessments } = question("imagenet");
        return [...Map.groupBy(assessments, ({ task }) => task.kind).values()]
          .map(([{ task }]) => smallTask(task, voc));
      });
      deepStrictEqual(tasks.map(({ kind }) => kind), [
        ...["transfer", "finetune", "detection", "invariance"],
      ]);
      const assessments: Assessments = {
        ...common,
        figure: "all tasks",
        assessments: tasks.map((task) => ({ cell: cells.at(-1)!, task })), // of SwAV's semantic arm
      };
      const results = await assess(assessments);
      strictEqual(results.length, 4);
      const measures = new Set(observations(results).map(({ measure }) => measure));
      for (const measure of ["linear", "1-shot", "fine-tuned", "AP", "explained variance"]) {
        ok(measures.has(measure), measure);
      }
    } finally {
      await Deno.remove(manifestFile(voc)).catch(() => {});
      for (const cell of cells) {
        await Deno.remove(runFolder(await inputsOf(cell)), { recursive: true }).catch(() => {});
      }
    }
  });
});

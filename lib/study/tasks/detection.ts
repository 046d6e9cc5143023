/** A detector on a backbone: trained on images with boxes, tested on others. */
import { keyOf } from "../../base/hash.ts";
import { once } from "../../base/once.ts";
import { Problem } from "../../base/problem.ts";
import { concat } from "../../datasets/concat.ts";
import type { Dataset } from "../../datasets/dataset.ts";
import { detectionScenes } from "../../datasets/emoji_scenes.ts";
import { load } from "../../datasets/library.ts";
import { dispose } from "../../engine/mod.ts";
import type { Detection } from "../../evaluation/box_overlap.ts";
import { cocoMetrics } from "../../evaluation/coco_map.ts";
import { detect, trainDetector } from "../../evaluation/detection.ts";
import type { Frozen } from "../../evaluation/frozen.ts";
import { vocAp } from "../../evaluation/voc_ap.ts";
import type { Detector } from "../../models/detector.ts";
import { fasterRcnn } from "../../models/faster_rcnn.ts";
import { fcos } from "../../models/fcos.ts";
import type { DetectionTask, Measure, Outcome } from "../assessment.ts";
import type { Cell } from "../cell.ts";
import { staged, type Watch } from "../watch.ts";
import { percent } from "./target.ts";

/** Images to look at side by side: Faster R-CNN holds the maps of a thousand regions of each. */
const atOnce = { fcos: 32, "faster r-cnn": 2 };

const shown = { images: 6, objects: 10 };

/** What a picture shows of a detector: the surest of what it found in an image of the test split. */
export type ShownImage = { image: number; found: Detection[] };

/** What a detector is trained and tested on; `hash` is that of the images and the objects in them. */
export type DetectionSplits = { train: Dataset; test: Dataset; hash: string };

const known = new Map<string, Promise<DetectionSplits>>();

/** The images that a detector is trained and tested on; kept for all backbones. */
export function detectionSplits(data: DetectionTask["data"]): Promise<DetectionSplits> {
  return once(known, keyOf(data), async () => {
    const { train, test } = await open(data);
    const objects = ({ length, boxes }: Dataset) =>
      Array.from({ length }, (_, i) => boxes?.(i) ?? []);
    return { train, test, hash: keyOf([train, test].map((set) => [set.hash, objects(set)])) };
  });
}

async function open(data: DetectionTask["data"]): Promise<{ train: Dataset; test: Dataset }> {
  if (data.source === "emoji scenes") {
    const { train, test } = await detectionScenes(data.options);
    return { train, test };
  }
  const { name, size, frame } = data;
  const of = (split: string) => load(name, { size, ...(frame ? { frame } : {}), split });
  const parts: Dataset[] = [];
  for (const split of data.train) parts.push(await of(split));
  return { train: concat(`${name}, ${data.train.join(" + ")}`, parts), test: await of(data.test) };
}

/** AP as COCO and as VOC measure it; `details.shown` has what was found in some images. */
export async function detected(
  network: Frozen,
  { seed }: Cell,
  { data, detector: config, training, areas, voc }: DetectionTask,
  watch: Watch,
): Promise<Outcome> {
  const { train, test } = await detectionSplits(data);
  const detector = detectorOf(network, config, test.classes.length);
  const { variables, losses } = await trainDetector({
    ...{ dataset: train, detector, backbone: network.variables(), training, seed },
    ...staged("training", watch),
  });
  try {
    const { progress } = staged("detection", watch);
    const { size } = training.views;
    const batchSize = atOnce[config.name];
    const found = await detect({ detector, variables, dataset: test, size, batchSize, progress });
    const images = found.map((detections, i) => ({ objects: test.boxes!(i), detections }));
    const classes = test.classes.length;
    const coco = cocoMetrics(images, { classes, areas });
    const { mean } = vocAp(images, { classes, year: voc });
    return {
      measures: measuresOf(training.mode, coco, mean),
      details: { shown: toShow(found), losses: losses.map((loss) => Number(loss.toFixed(4))) },
    };
  } finally {
    dispose(variables);
  }
}

function detectorOf(
  { config: backbone }: Frozen,
  { name, ...config }: DetectionTask["detector"],
  classes: number,
): Detector {
  if (backbone.architecture !== "resnet") {
    throw new Problem(
      `detection: the detectors are for residual networks, not for a ${backbone.architecture}`,
    );
  }
  return name === "fcos"
    ? fcos(backbone, { ...config as Omit<Parameters<typeof fcos>[1], "classes">, classes })
    : fasterRcnn(backbone, {
      ...config as Omit<Parameters<typeof fasterRcnn>[1], "classes">,
      classes,
    });
}

function measuresOf(
  mode: string,
  { ap, ap50, ap75, apSmall, apMedium, apLarge }: ReturnType<typeof cocoMetrics>,
  vocAp: number | null,
): Measure[] {
  const all = {
    ...{ AP: ap, AP50: ap50, AP75: ap75 },
    ...{ "AP, small": apSmall, "AP, medium": apMedium, "AP, large": apLarge, "VOC AP": vocAp },
  };
  // What is not defined, such as the AP of large objects where there are none, is no measure.
  return Object.entries(all).flatMap(([measure, value]) =>
    value === null ? [] : [percent(mode, measure, value)]
  );
}

/** The surest objects of the first images, with as many digits as a picture shows. */
function toShow(found: readonly Detection[][]): ShownImage[] {
  const short = (x: number, digits: number) => Number(x.toFixed(digits));
  return found.slice(0, shown.images).map((detections, image) => ({
    image,
    found: detections.slice(0, shown.objects).map(({ x, y, width, height, label, score }) => ({
      ...{ x: short(x, 1), y: short(y, 1), width: short(width, 1), height: short(height, 1) },
      ...{ label, score: short(score, 3) },
    })),
  }));
}

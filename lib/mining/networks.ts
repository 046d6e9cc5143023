/** Networks whose state dicts, as torchvision names their weights, can embed images. */
import { resnet18, resnet34, resnet50 } from "../models/presets.ts";

/** Their configurations by name. */
export const networks = {
  resnet18: () => resnet18({ stem: "imagenet" }),
  resnet34: () => resnet34({ stem: "imagenet" }),
  resnet50: () => resnet50({ stem: "imagenet" }),
};

/** Their names. */
export const networkNames: string[] = Object.keys(networks);

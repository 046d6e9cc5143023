/** The networks that are pretrained, and their weights as files. */
export { backbone, type BackboneConfig } from "./backbone.ts";
export type { Detector, Found, Truth } from "./detector.ts";
export { fasterRcnn, type FasterRcnnConfig, r50c4, vocSchedule } from "./faster_rcnn.ts";
export { fcos, type FcosConfig } from "./fcos.ts";
export type { Model, Variables } from "./model.ts";
export { resnet18, resnet34, resnet50, vitSmall, vitTiny } from "./presets.ts";
export { resnet, type ResNetConfig } from "./resnet.ts";
export { vit, type VitConfig } from "./vit.ts";
export { exportWeights, importWeights } from "./weights.ts";

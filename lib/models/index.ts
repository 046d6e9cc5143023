/** The networks that are pretrained. */
export { backbone, type BackboneConfig } from "./backbone.ts";
export type { Model, Variables } from "./model.ts";
export { resnet, type ResNetConfig } from "./resnet.ts";

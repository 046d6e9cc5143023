/** The networks that are pretrained. */
export type { Model, Variables } from "./model.ts";
export { resnet, type ResNetConfig } from "./resnet.ts";

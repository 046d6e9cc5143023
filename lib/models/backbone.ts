/** What is pretrained: a network by its configuration. */
import type { Model } from "./model.ts";
import { resnet, type ResNetConfig } from "./resnet.ts";

/** The configuration of any backbone; plain JSON. */
export type BackboneConfig = ResNetConfig;

/** The backbone of a configuration. */
export function backbone(config: BackboneConfig): Model {
  return resnet(config);
}

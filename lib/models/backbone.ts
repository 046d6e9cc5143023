/** What is pretrained: a network by its configuration. */
import { Problem } from "../base/problem.ts";
import type { Model } from "./model.ts";
import { resnet, type ResNetConfig } from "./resnet.ts";
import { vit, type VitConfig } from "./vit.ts";

/** The configuration of any backbone; plain JSON. */
export type BackboneConfig = ResNetConfig | VitConfig;

/**
 * The backbone of a configuration.
 *
 * @throws {Problem} for an architecture that does not exist
 */
export function backbone(config: BackboneConfig): Model {
  switch (config.architecture) {
    case "resnet":
      return resnet(config);
    case "vit":
      return vit(config);
    default: {
      const { architecture } = config as { architecture: string };
      throw new Problem(`no architecture "${architecture}"; choose resnet or vit`);
    }
  }
}

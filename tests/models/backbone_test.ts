import { strictEqual, throws } from "node:assert/strict";
import { backbone, type BackboneConfig } from "../../lib/models/backbone.ts";
import { resnet18, vitTiny } from "../../lib/models/presets.ts";

Deno.test("backbone: a residual network or a vision transformer", () => {
  strictEqual(backbone(resnet18({ stem: "cifar" })).features, 512);
  strictEqual(
    backbone(vitTiny({ imageSize: 32, patch: 4, positions: "sincos" })).features,
    192,
  );
});

Deno.test("backbone: an architecture that does not exist is a clear error", () => {
  const config = { architecture: "lenet" } as unknown as BackboneConfig;
  throws(() => backbone(config), /no architecture "lenet"; choose resnet or vit/);
});

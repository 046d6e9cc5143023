import { deepStrictEqual, ok, strictEqual, throws } from "node:assert/strict";
import { methods, resolveMethod } from "../../lib/methods/index.ts";
import { type ProfileName, settingOf } from "../../lib/study/settings.ts";
import { optimizer } from "../../lib/training/optimizers.ts";

const profiles: ProfileName[] = ["smoke", "desk", "photos", "imagenet"];
const trained = Object.keys(methods).filter((name) => methods[name].loss);

Deno.test("every method that trains has a setting at every profile, of options that it has", () => {
  for (const profile of profiles) {
    for (const name of trained) {
      const { options, optimizer: config } = settingOf(profile, name, 256);
      strictEqual(resolveMethod({ name, options }).method.name, name);
      ok(config.learningRate > 0);
      ok(optimizer(config));
    }
  }
});

Deno.test("published rates grow with the batch, those of desk and photos hold for their own", () => {
  const rate = (profile: ProfileName, batchSize: number) =>
    settingOf(profile, "simclr", batchSize).optimizer.learningRate;
  strictEqual(rate("imagenet", 4096), 4.8); // SimCLR's own, section 2.3
  for (const profile of ["desk", "photos"] as const) {
    strictEqual(rate(profile, 512), rate(profile, 120));
  }
});

Deno.test("imagenet has six small views for the methods that use them, and no others", () => {
  for (const name of trained) {
    const { crops } = settingOf("imagenet", name, 256);
    strictEqual(crops?.perImage, methods[name].multiCrop ? 3 : undefined, name);
    if (crops) deepStrictEqual([crops.views.size, crops.views.crop.scale], [96, [0.05, 0.14]]);
  }
});

Deno.test("a method without a setting is a Problem", () => {
  throws(() => settingOf("photos", "constructor", 256), {
    name: "Problem",
    message: /photos.*"constructor"/,
  });
});

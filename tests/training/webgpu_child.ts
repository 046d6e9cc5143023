/** With `ENGINE=webgpu`: three steps of SimCLR held against torch's. */
import { engineInfo } from "../../lib/engine/mod.ts";
import { simclr } from "../../lib/methods/simclr.ts";
import contrastive from "../vectors/contrastive.json" with { type: "json" };
import { checkTraining } from "./reference_steps.ts";

const options = { ...simclr.defaults, hidden: 8, projection: 5 };
for (const recompute of [false, true]) {
  await checkTraining(simclr, { options, recompute }, contrastive.training.simclr);
}
console.log(engineInfo().name);

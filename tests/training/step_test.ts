import { ok } from "node:assert/strict";
import { simclr } from "../../lib/methods/simclr.ts";
import { close } from "../vectors/inputs.ts";
import contrastive from "../vectors/contrastive.json" with { type: "json" };
import { threeSteps } from "./reference_steps.ts";

const options = { ...simclr.defaults, hidden: 8, projection: 5 };
const expected = contrastive.training.simclr.losses;

Deno.test("in bf16 the first loss is the same to that precision, and no more", async () => {
  const { losses } = await threeSteps(simclr, { options, precision: "bf16" });
  close(losses.slice(0, 1), expected.slice(0, 1), 0.02, "first loss");
  ok(Math.abs(losses[0] - expected[0]) > 1e-5);
});

import { strictEqual } from "node:assert/strict";
import { warmupCosine } from "../../lib/training/schedules.ts";
import { close } from "../vectors/inputs.ts";
import reference from "../vectors/optimizers.json" with { type: "json" };

Deno.test("warm-up and cosine equal torch's LinearLR and CosineAnnealingLR", () => {
  for (const { rates, ...config } of reference.schedules) {
    close(rates.map((_, t) => warmupCosine(config)(t)), rates, 1e-6, JSON.stringify(config));
  }
});

Deno.test("a run that is all warm-up ends at its peak", () => {
  strictEqual(warmupCosine({ peak: 2, warmup: 4, total: 4 })(3), 2);
});

import { cosineTau } from "../../lib/methods/momentum.ts";
import { close } from "../vectors/inputs.ts";
import reference from "../vectors/contrastive.json" with { type: "json" };

Deno.test("cosineTau equals lightly's schedule over a run and its end", () => {
  for (const { tau, final, values } of reference.tau) {
    const schedule = cosineTau(tau, final);
    const ours = values.map((_, step) => schedule({ step, total: 10, perEpoch: 5 }));
    close(ours, values, 1e-12, `${tau} to ${final}`);
  }
});

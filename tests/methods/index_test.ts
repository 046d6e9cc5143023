import { deepStrictEqual, ok, strictEqual, throws } from "node:assert/strict";
import { Problem } from "../../lib/base/problem.ts";
import { dispose, tensors } from "../../lib/engine/mod.ts";
import { methods, resolveMethod } from "../../lib/methods/index.ts";
import type { Method, MethodOptions } from "../../lib/methods/method.ts";
import { schedulesOf as allSchedules } from "../../lib/training/step.ts";
import { threeSteps } from "../training/reference_steps.ts";

Deno.test("a method is found by its name; options are its defaults with what is given", () => {
  for (const name of Object.keys(methods)) strictEqual(resolveMethod({ name }).method.name, name);
  const { options } = resolveMethod({ name: "barlow_twins", options: { scale: 1 } });
  deepStrictEqual(options, { lambda: 0.0051, scale: 1, hidden: 2048, projection: 2048 });
});

Deno.test("an unknown method or option is a Problem that lists what there is", () => {
  const refused = (pattern: RegExp) => (error: Error) =>
    error instanceof Problem && pattern.test(error.message);
  throws(() => resolveMethod({ name: "simclear" }), refused(/"simclear".*simclr, .*barlow_twins/));
  throws(
    () => resolveMethod({ name: "simclr", options: { tau: 1 } }),
    refused(/"tau".*temperature/),
  );
});

Deno.test("every method trains: finite losses, and a state that keeps its structure", async () => {
  for (const name of Object.keys(methods)) {
    const { method, options } = resolveMethod({ name, options: small[name] });
    if (!method.loss) continue;
    const { losses, state } = await threeSteps(method, {
      options,
      at: schedulesOf(method, options),
    });
    ok(losses.length === 3 && losses.every(Number.isFinite), `${name}: ${losses}`);
    const numbers = await Promise.all(tensors(state).map((tensor) => tensor.data()));
    ok(numbers.every((values) => values.every(Number.isFinite)), name);
    dispose(state);
  }
});

/** Heads for a network of six features. */
const small: Record<string, MethodOptions> = {
  simclr: { hidden: 8, projection: 5 },
  moco_v2: { hidden: 8, projection: 5, queue: 32 },
  moco_v3: { hidden: 8, projection: 5 },
  nnclr: { hidden: 8, projection: 5, predictorHidden: 7, queue: 32 },
  swav: { hidden: 8, projection: 5, prototypes: 7, queue: 8, queueStart: 0, frozenEpochs: 0 },
  dino: { hidden: 8, projection: 5, prototypes: 7, warmupEpochs: 2, frozenEpochs: 0 },
  byol: { hidden: 8, projection: 5, predictorHidden: 7 },
  simsiam: { hidden: 8, projection: 5, predictorHidden: 4 },
  barlow_twins: { hidden: 8, projection: 5 },
  vicreg: { hidden: 8, projection: 5 },
  supcon: { hidden: 8, projection: 5 },
};

/** The method's own schedules at a step of a run of three. */
function schedulesOf(method: Method, options: MethodOptions) {
  return (step: number) => {
    const all = Object.entries(allSchedules(method, options, () => 0.05));
    return Object.fromEntries(all.map(([name, at]) => [name, at({ step, total: 3, perEpoch: 1 })]));
  };
}

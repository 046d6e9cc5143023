/** The registry of methods: what a cell's `{ name, options }` stands for. */
import { Problem } from "../base/problem.ts";
import { barlowTwins } from "./barlow_twins.ts";
import { byol } from "./byol.ts";
import { dino } from "./dino.ts";
import type { Method, MethodOptions } from "./method.ts";
import { mocoV2 } from "./moco_v2.ts";
import { mocoV3 } from "./moco_v3.ts";
import { nnclr } from "./nnclr.ts";
import { random } from "./random.ts";
import { simclr } from "./simclr.ts";
import { simsiam } from "./simsiam.ts";
import { supcon } from "./supcon.ts";
import { supervised } from "./supervised.ts";
import { swav } from "./swav.ts";
import { vicreg } from "./vicreg.ts";

/** A method and what differs from its defaults. */
export type MethodConfig = { name: string; options?: MethodOptions };

/** Every method by its name, in the order of the paper's families. */
export const methods: Readonly<Record<string, Method>> = Object.fromEntries(
  [
    ...[simclr, mocoV2, mocoV3, nnclr],
    ...[swav, dino],
    ...[byol, simsiam],
    ...[barlowTwins, vicreg],
    ...[supcon, supervised, random],
  ].map((method) => [method.name, method as unknown as Method]),
);

/**
 * The method of a configuration and its options, defaults filled in.
 *
 * @throws {Problem} for a name or an option that does not exist
 * @example
 * ```ts
 * import { strictEqual } from "node:assert/strict";
 * const { method, options } = resolveMethod({ name: "simclr", options: { temperature: 0.5 } });
 * strictEqual(method.title, "SimCLR");
 * strictEqual(options.temperature, 0.5);
 * ```
 */
export function resolveMethod(
  { name, options = {} }: MethodConfig,
): { method: Method; options: MethodOptions } {
  const method = Object.hasOwn(methods, name) && methods[name];
  if (!method) {
    throw new Problem(`no method "${name}"; choose one of ${Object.keys(methods).join(", ")}`);
  }
  for (const option of Object.keys(options)) {
    if (Object.hasOwn(method.defaults, option)) continue;
    const known = Object.keys(method.defaults).join(", ") || "none";
    throw new Problem(`${name} has no option "${option}"; it has ${known}`);
  }
  return { method, options: { ...method.defaults, ...options } };
}

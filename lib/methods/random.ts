/** The network as it is initialised: what every method must improve on. */
import type { Method } from "./method.ts";

/** It has no heads and does not train. */
export const random: Method<Record<string, never>> = {
  name: "random",
  title: "Random initialisation",
  family: "bound",
  defaults: {},
  heads: () => ({}),
  loss: null,
};

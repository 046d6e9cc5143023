/** How the files of a data set's pairs are called. */
import { basename, join, resolve } from "@std/path";

/** e.g. `data/pairs/birds`, `data/pairs/birds-val`; what follows says what is in the file. */
export function stemOf(
  { name, split = "train", out }: { name: string; split?: string; out: string },
): string {
  return join(out, basename(resolve(name)) + (split === "train" ? "" : `-${split}`));
}

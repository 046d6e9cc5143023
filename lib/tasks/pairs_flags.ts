/** The flags of `deno task pairs`. */
import { Problem } from "../base/problem.ts";
import { parseCommandLine } from "./command_line.ts";
import { type CuratedFault, curatedFaults } from "../pairs/curated.ts";
import type { MatchOptions } from "../pairs/match.ts";

/** What the command line asks for. */
export type Flags =
  | { command: "help" }
  | { command: "check"; file: string; name: string; split: string; allow: CuratedFault[] }
  | {
    command: "match";
    name: string;
    split: string;
    out: string;
    options: MatchOptions;
    share?: number;
    rate?: number;
  };

/** What `--help` prints. */
export const HELP = `deno task pairs match NAME|FOLDER [options]
deno task pairs check FILE NAME|FOLDER [options]

match pairs the images of a data set: each with itself (augmented) and with another of its class
(semantic), proves that both arms are made of the same, and writes data/pairs/NAME.ARM.parquet.

  --classes N|A,B,…     so many classes at random, or those of these names (default: all)
  --images N|all        images of each class (default: as many as pairs, else all)
  --pairs N             pairs an epoch of each class (default: as many as images)
  --leave-out-small     classes with too few images are left out, not refused
  --rounds N            epochs with partners of their own (default 1: fixed partners)
  --differ FACTOR       partners never share this factor (repeatable)
  --share P             not semantic but hybrid: this share of the pairs is semantic, 0 to 1
  --rate P              not semantic but noisy: this share of the pairs is false, 0 to 1
  --seed N              which images and partners are drawn (default 1)
  --out FOLDER          where to write (default data/pairs)

check reads a list, one that match wrote or one that people made (CSV, JSON lines, parquet), and
says what is wrong with it, or what it is made of.

  --allow FAULT         ${Object.keys(curatedFaults).join(" | ")} (repeatable)

  --split NAME          of the data set (default train)
  --help                prints this`;

/**
 * Reads the command line.
 *
 * @throws {Problem} on anything that it does not know
 */
export function parseFlags(args: string[]): Flags {
  const { values, positionals: [command, ...names] } = parse(args);
  if (values.help) return { command: "help" };
  const { split = "train" } = values;
  if (command === "match" && names.length === 1) {
    const { out = "data/pairs" } = values, [name] = names;
    const share = number("share", values.share), rate = number("rate", values.rate);
    if (share !== undefined && rate !== undefined) {
      throw new Problem("--share and --rate: give one of them, they make different arms");
    }
    return { command, name, split, out, options: optionsOf(values), share, rate };
  }
  if (command === "check" && names.length === 2) {
    const [file, name] = names;
    return { command, file, name, split, allow: (values.allow ?? []).map(faultOf) };
  }
  throw new Problem(
    "give match NAME|FOLDER or check FILE NAME|FOLDER (deno task pairs --help tells more)",
  );
}

function optionsOf(values: ReturnType<typeof parse>["values"]): MatchOptions {
  const { classes, images, differ } = values;
  return {
    seed: number("seed", values.seed) ?? 1,
    classes: /^\d+$/.test(classes ?? "") ? Number(classes) : classes?.split(","),
    imagesPerClass: images === "all" ? "all" : number("images", images),
    pairsPerClass: number("pairs", values.pairs),
    smallClasses: values["leave-out-small"] ? "leave out" : "refuse",
    rounds: number("rounds", values.rounds),
    differ,
  };
}

function number(flag: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (text.trim() !== "" && Number.isFinite(Number(text))) return Number(text);
  throw new Problem(`--${flag} ${text}: give a number`);
}

function faultOf(text: string): CuratedFault {
  if (Object.hasOwn(curatedFaults, text)) return text as CuratedFault;
  throw new Problem(`--allow ${text}: give one of ${Object.keys(curatedFaults).join(", ")}`);
}

function parse(args: string[]) {
  return parseCommandLine("pairs", {
    args,
    allowPositionals: true,
    options: {
      classes: { type: "string" },
      images: { type: "string" },
      pairs: { type: "string" },
      "leave-out-small": { type: "boolean" },
      rounds: { type: "string" },
      differ: { type: "string", multiple: true },
      share: { type: "string" },
      rate: { type: "string" },
      seed: { type: "string" },
      out: { type: "string" },
      allow: { type: "string", multiple: true },
      split: { type: "string" },
      help: { type: "boolean", short: "h" },
    },
  });
}

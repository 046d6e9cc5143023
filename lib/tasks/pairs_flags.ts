/** The flags of `deno task pairs`. */
import { Problem } from "../base/problem.ts";
import { parseCommandLine } from "./command_line.ts";
import { type CuratedFault, curatedFaults } from "../pairs/curated.ts";
import { type Rule, ruleNames } from "../mining/candidates.ts";
import { networkNames } from "../mining/networks.ts";
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
  }
  | {
    command: "curate";
    name: string;
    split?: string;
    out: string;
    candidates?: string;
    port: number;
    seed: number;
  }
  | {
    command: "mine";
    name: string;
    split?: string;
    out: string;
    rule: Rule;
    /** Files of embedders; without the first, a backbone is trained on the images. */
    by?: string;
    agree?: string;
    network?: string;
    size: number;
    steps: number;
    options: { seed: number; rounds?: number };
  };

/** What `--help` prints. */
export const HELP = `deno task pairs match NAME|FOLDER [options]
deno task pairs mine NAME|FOLDER [options]
deno task pairs curate NAME|FOLDER [options]
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

mine pairs images that a network takes for alike: no label is needed. It writes the candidates to
data/pairs/NAME.candidates.parquet, and an arm that matches the augmented one to NAME.mined.parquet;
where images have labels, it says how many of the candidates are right.

  --by FILE             the network: an ONNX model (.onnx), or weights (.safetensors), e.g. those that
                        runs keep (default: SimCLR is pretrained on the images first)
  --agree FILE          a second network that must take the same for alike
  --network NAME        of weights that do not say it: ${networkNames.join(" | ")}
  --size PX             side of the network's input (default 64)
  --steps N             of pretraining, where no network is given (default 600)
  --rule NAME           ${ruleNames.join(" | ")} (default mutual):
                        each among the k nearest of the other; a cosine of at least --similarity;
                        the nearest of the same cluster, of --clusters by k-means
  --k N                 neighbours that are looked at (default 10)
  --similarity S        from -1 to 1 (default 0.8)
  --clusters N          (default 100)
  --rounds N, --seed N, --out FOLDER as above

curate serves a page to this machine: an anchor, its candidates, keys to accept and to reject. Every
decision is on the disk, in NAME.decisions.jsonl, before the next is shown; accepted pairs are in
NAME.curated.csv, which check reads, and pairs.curated.

  --candidates FILE     what mine wrote (default data/pairs/NAME.candidates.parquet)
  --port N              (default: one that is free)
  --seed N              the order of anchors (default 1)
  --out FOLDER as above

check reads a list, one that match wrote or one that people made (CSV, JSON lines, parquet), and
says what is wrong with it, or what it is made of.

  --allow FAULT         ${Object.keys(curatedFaults).join(" | ")} (repeatable)

  --split NAME          of the data set (default train; of mine and curate the only one, where there is
                        one, e.g. of a folder without classes)
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
  if (command === "mine" && names.length === 1) return mineFlags(names[0], values);
  if (command === "curate" && names.length === 1) {
    const { out = "data/pairs", candidates } = values, port = number("port", values.port) ?? 0;
    if (!(Number.isInteger(port) && port >= 0 && port < 65536)) {
      throw new Problem(`--port ${port}: give a whole number up to 65535`);
    }
    const seed = number("seed", values.seed) ?? 1;
    return { command, name: names[0], split: values.split, out, candidates, port, seed };
  }
  if (command === "check" && names.length === 2) {
    const [file, name] = names;
    return { command, file, name, split, allow: (values.allow ?? []).map(faultOf) };
  }
  throw new Problem(
    "give match, mine or curate NAME|FOLDER, or check FILE NAME|FOLDER (deno task pairs --help " +
      "tells more)",
  );
}

/** Flags that need another one beside them. */
const companions = {
  similarity: (values: Values) => values.rule === "threshold" || "--rule threshold",
  clusters: (values: Values) => values.rule === "cluster" || "--rule cluster",
  network: (values: Values) => values.by !== undefined || "--by FILE",
  steps: (values: Values) =>
    values.by === undefined || "no --by FILE: nothing is pretrained with it",
};

type Values = ReturnType<typeof parse>["values"];

function mineFlags(name: string, values: Values): Flags {
  for (const [flag, fits] of Object.entries(companions)) {
    const needed = fits(values);
    if (needed === true || values[flag as keyof typeof companions] === undefined) continue;
    throw new Problem(`--${flag} goes with ${needed}`);
  }
  const { split, out = "data/pairs", by, agree, network } = values;
  if (network !== undefined && !networkNames.includes(network)) {
    throw new Problem(`--network ${network}: give ${networkNames.join(" or ")}`);
  }
  const whole = (flag: "size" | "steps", usual: number) => {
    const value = number(flag, values[flag]) ?? usual;
    if (Number.isInteger(value) && value > 0) return value;
    throw new Problem(`--${flag} ${value}: give a whole number above 0`);
  };
  return {
    ...{ command: "mine", name, split, out, by, agree, network, rule: ruleOf(values) },
    ...{ size: whole("size", 64), steps: whole("steps", 600) },
    options: { seed: number("seed", values.seed) ?? 1, rounds: number("rounds", values.rounds) },
  };
}

function ruleOf(values: ReturnType<typeof parse>["values"]): Rule {
  const { rule = "mutual" } = values, k = number("k", values.k) ?? 10;
  if (rule === "mutual") return { name: rule, k };
  if (rule === "threshold") {
    return { name: rule, k, similarity: number("similarity", values.similarity) ?? 0.8 };
  }
  if (rule === "cluster") {
    return { name: rule, k, clusters: number("clusters", values.clusters) ?? 100 };
  }
  throw new Problem(`--rule ${rule}: give one of ${ruleNames.join(", ")}`);
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
      candidates: { type: "string" },
      port: { type: "string" },
      by: { type: "string" },
      agree: { type: "string" },
      network: { type: "string" },
      size: { type: "string" },
      steps: { type: "string" },
      rule: { type: "string" },
      k: { type: "string" },
      similarity: { type: "string" },
      clusters: { type: "string" },
      seed: { type: "string" },
      out: { type: "string" },
      allow: { type: "string", multiple: true },
      split: { type: "string" },
      help: { type: "boolean", short: "h" },
    },
  });
}

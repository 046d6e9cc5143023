/** The flags of `deno task study`. */
import { resolve } from "@std/path";
import { Problem } from "../base/problem.ts";
import type { Workers } from "../engine/mod.ts";
import type { Extent } from "../study/design.ts";
import type { Means } from "../study/executors/carry_out.ts";
import { profileNames, trained } from "../study/profiles.ts";
import { questions } from "../study/plan.ts";
import { parseCommandLine } from "./command_line.ts";

/** What `--help` prints. */
export const HELP = `deno task study PROFILE [options]
deno task study own --images PATH|NAME [options]
deno task study status [PROFILE]

Trains both arms, augmented and semantic pairs, on the same images from the same start, puts them to
their tasks, and says what semantic pairs add. What is stored is loaded; an interrupted study goes on.

  PROFILE    ${profileNames.join(" | ")}: all questions of the notebooks, which then load what is
             stored; photos and imagenet need their images: deno task data --help
  own        images of your own: a folder with one folder of images a class (or a zip of it), or a set
             that \`deno task data\` imported
  status     what is stored and what is missing, of one profile or of smoke and desk

  --dry-run        prints what would run, how long it will take here, and the disk it needs
  --help           prints this

Of a profile:
  --methods few|all   few: those of the figures, the default; all: every method
  --only NAME         a question, by the beginning of its name (repeatable):
                      ${Object.keys(questions).join("\n                      ")}

  --executor NAME     local, the default; slurm: as a job array, from a machine that has sbatch and a
                      checkout that all nodes share. An interrupted command leaves its job in the queue
                      and follows it when it is given again
  --workers LIST      several processes train each network together, each with its part of every batch:
                      host:port,host:port,… of all, the same list in each, and --rank N, from 0, of
                      each; or slurm[:PORT], by srun. All start within --patience S seconds (10)
  --partition P, --time T, --memory M, --cpus N, --gres G, --at-once N
                      what each element of the array asks for, as sbatch takes it, and how many run

Of images of your own, of which a fifth of each class fits the probes and a fifth tests them, unless
the set has test images; two classes of four different images are the least. Classes of fewer take no
part, nor do pictures that are there twice.
  --methods A,B    default simclr; there are
                   ${trained().join(", ")}
  --seeds N        paired runs of each method, default 3
  --size PX        pixels a side, default 64
  --steps N        training steps of each run, default 600
  --results DIR    where runs, figure and claims go, default results/own/<name>`;

/** Who trains together; the rank is SLURM's own where it started the workers. */
export type Team = { patience: number } & ({ slurm: number } | Workers);

/** What the command line asks for. */
export type Flags =
  | { command: "help" }
  | { command: "status"; profiles: string[]; extent: Extent }
  | {
    command: "profile";
    profile: string;
    extent: Extent;
    only: string[];
    dryRun: boolean;
    means: Means;
    team?: Team;
  }
  | {
    command: "own";
    images: string;
    methods: string[];
    seeds: number;
    size: number;
    steps: number;
    folder?: string;
    dryRun: boolean;
  };

const ownFlags = ["images", "seeds", "size", "steps", "results"] as const;
const clusterFlags = ["partition", "time", "memory", "cpus", "gres", "at-once"] as const;

/**
 * Reads the command line.
 *
 * @throws {Problem} for flags that do not belong together, or values that are none
 */
export function parseFlags(args: string[]): Flags {
  const { values, positionals: [command, profile, ...more] } = parse(args);
  if (values.help) return { command: "help" };
  if (command === undefined || more.length > 0 || (profile && command !== "status")) {
    throw new Problem("deno task study PROFILE: give one profile (--help lists them)");
  }
  if (command === "own") return own(values);
  const stray = ownFlags.find((flag) => values[flag] !== undefined);
  if (stray) {
    throw new Problem(`--${stray} goes with the profile own: the profile ${command} fixes it`);
  }
  const extent = extentOf(values.methods ?? "few");
  if (command === "status") {
    return { command, profiles: profile ? [profile] : ["smoke", "desk"], extent };
  }
  const only = values.only ?? [];
  const wrong = only.find((start) => !Object.keys(questions).some((q) => q.startsWith(start)));
  if (wrong !== undefined) {
    throw new Problem(`--only ${wrong}: there are ${Object.keys(questions).join("; ")}`);
  }
  const dryRun = values["dry-run"] ?? false;
  const [means, team] = [meansOf(values), teamOf(values)];
  if (team && means.cluster) {
    throw new Problem("--workers goes with --executor local: start it by srun");
  }
  return { command: "profile", profile: command, extent, only, dryRun, means, team };
}

/** Where workers of a job step listen, unless the flag says otherwise. */
const PORT = 7000;

function teamOf(
  { workers, rank, patience: seconds = "10" }: ReturnType<typeof parse>["values"],
): Team | undefined {
  if (workers === undefined) {
    if (rank !== undefined) throw new Problem("--rank goes with --workers");
    return undefined;
  }
  const patience = wholeNumber("patience", seconds);
  const [name, port = String(PORT)] = workers.split(":");
  if (name === "slurm") return { patience, slurm: wholeNumber("workers slurm:", port) };
  const addresses = workers.split(",").map((address) => address.trim());
  const wrong = addresses.find((address) => !/^[^\s:/]+:\d{1,5}$/.test(address));
  if (wrong !== undefined) throw new Problem(`--workers: ${wrong} is no host:port`);
  if (new Set(addresses).size < addresses.length) {
    throw new Problem("--workers: an address is there twice");
  }
  if (rank === undefined || !/^\d+$/.test(rank) || Number(rank) >= addresses.length) {
    throw new Problem(
      `--workers of ${addresses.length}: give each its --rank, 0 to ${addresses.length - 1}`,
    );
  }
  return { patience, addresses, rank: Number(rank) };
}

function meansOf(values: ReturnType<typeof parse>["values"]): Means {
  const { executor = "local", partition, time, memory, gres } = values;
  if (executor === "slurm") {
    const whole = (name: "cpus" | "at-once") =>
      values[name] === undefined ? undefined : wholeNumber(name, values[name]);
    const asked = { partition, time, memory, gres };
    return { cluster: { ...asked, cpus: whole("cpus"), atOnce: whole("at-once") } };
  }
  if (executor !== "local") throw new Problem(`--executor ${executor}: it is local or slurm`);
  const stray = clusterFlags.find((flag) => values[flag] !== undefined);
  if (stray) throw new Problem(`--${stray} goes with --executor slurm`);
  return {};
}

function wholeNumber(flag: string, text: string | number): number {
  const value = Number(text);
  if (Number.isInteger(value) && value > 0) return value;
  throw new Problem(`--${flag} ${text}: give a whole number above 0`);
}

function extentOf(methods: string): Extent {
  if (methods === "few" || methods === "all") return { methods };
  throw new Problem(`--methods ${methods}: of a profile it is few or all`);
}

function own(values: ReturnType<typeof parse>["values"]): Flags {
  if (!values.images) {
    throw new Problem("deno task study own: give --images FOLDER, or the name of an imported set");
  }
  if (values.only) throw new Problem("--only goes with a profile: own has one question");
  const whole = (name: "seeds" | "size" | "steps", usual: number) =>
    wholeNumber(name, values[name] ?? usual);
  return {
    command: "own",
    images: values.images,
    methods: [...new Set((values.methods ?? "simclr").split(",").map((name) => name.trim()))],
    seeds: whole("seeds", 3),
    size: whole("size", 64),
    steps: whole("steps", 600),
    ...(values.results && { folder: resolve(values.results) }),
    dryRun: values["dry-run"] ?? false,
  };
}

function parse(args: string[]) {
  return parseCommandLine("study", {
    args,
    allowPositionals: true,
    options: {
      images: { type: "string" },
      methods: { type: "string" },
      only: { type: "string", multiple: true },
      seeds: { type: "string" },
      size: { type: "string" },
      steps: { type: "string" },
      executor: { type: "string" },
      workers: { type: "string" },
      rank: { type: "string" },
      patience: { type: "string" },
      partition: { type: "string" },
      time: { type: "string" },
      memory: { type: "string" },
      cpus: { type: "string" },
      gres: { type: "string" },
      "at-once": { type: "string" },
      results: { type: "string" },
      "dry-run": { type: "boolean" },
      help: { type: "boolean", short: "h" },
    },
  });
}

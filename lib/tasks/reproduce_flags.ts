/** The flags of `deno task reproduce`. */
import { Problem } from "../base/problem.ts";
import { parseCommandLine } from "./command_line.ts";

/** What the command line asks for. */
export interface Flags {
  profile: string;
  only: string[];
  parameters: Record<string, string>;
  /** Seconds. */
  cellLimit: number;
  dryRun: boolean;
  help: boolean;
}

/** The profiles, and the seconds that a cell may take in each. */
const CELL_LIMITS: Record<string, number> = {
  smoke: 300,
  desk: 3600,
  photos: 7 * 24 * 3600,
  imagenet: 7 * 24 * 3600,
};

/** What `--help` prints. */
export const HELP = `deno task reproduce [options]

Runs the notebooks in notebooks/, in the order of their names, and writes their outputs into them.

  --profile NAME        smoke | desk (the default) | photos | imagenet, which need images:
                        deno task data --help
                        smoke leaves notebooks/ as it is and writes to the cache folder
  --only NAME           the notebook of this name, or those whose names start with it (repeatable)
  --param NAME=VALUE    a value for a parameter that a notebook declares (repeatable)
  --cell-limit SECONDS  a cell that takes longer has failed
  --dry-run             prints what would run
  --help                prints this`;

/**
 * Reads the command line.
 *
 * @throws Problem on an unknown flag or profile, or a value that is none
 */
export function parseFlags(args: string[]): Flags {
  const values = parse(args);
  const { profile = "desk", only = [], param = [] } = values;
  const profiles = Object.keys(CELL_LIMITS);
  if (!profiles.includes(profile)) {
    throw new Problem(`unknown profile "${profile}" (known: ${profiles.join(", ")})`);
  }
  const cellLimit = Number(values["cell-limit"] ?? CELL_LIMITS[profile]);
  if (!(cellLimit > 0)) {
    throw new Problem(`--cell-limit ${values["cell-limit"]}: give a number of seconds above 0`);
  }
  const parameters = Object.fromEntries(param.map(parameterOf));
  const { "dry-run": dryRun = false, help = false } = values;
  return { profile, only, parameters, cellLimit, dryRun, help };
}

function parse(args: string[]) {
  return parseCommandLine("reproduce", {
    args,
    options: {
      profile: { type: "string" },
      only: { type: "string", multiple: true },
      param: { type: "string", multiple: true },
      "cell-limit": { type: "string" },
      "dry-run": { type: "boolean" },
      help: { type: "boolean", short: "h" },
    },
  }).values;
}

function parameterOf(text: string): [string, string] {
  const [, name, value] = /^(\w+)=([^]*)$/.exec(text) ?? [];
  if (name === undefined) throw new Problem(`--param ${text}: give it as NAME=VALUE`);
  if (name === "profile") throw new Problem("--param profile: give it as --profile NAME");
  return [name, value];
}

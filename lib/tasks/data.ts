/** `deno task data NAME`: fetches or imports an image set, and says what is in it. */
import { basename, join } from "@std/path";
import { sha256 } from "../base/hash.ts";
import { messageOf, Problem, runTask } from "../base/problem.ts";
import { parseCommandLine } from "./command_line.ts";
import { consoleProgress } from "../base/progress.ts";
import { fetchFile } from "../datasets/importing/fetch.ts";
import { type Home, homes } from "../datasets/importing/homes.ts";
import { dataFolders, importSet, lockData, manifestOf } from "../datasets/library.ts";
import { checkName, describe, manifestFile } from "../datasets/importing/manifest.ts";
import { sources } from "../datasets/sources.ts";

/** What `--help` prints. */
export const HELP = `deno task data NAME [--archive PATH]… [--url URL]… [options]

Imports an image set under a name: every image is read and decoded once; what is in the set, and
what is wrong with it, is written to data/manifests/NAME.json. The files stay where they are.

  --archive PATH   a folder, or an archive (zip, tar, tar.gz, parquet); repeatable: parts of one set
  --url URL        a file to fetch first, into data/NAME; a broken download goes on where it was
  --sha256 HEX     what the file must be (with one --url)
  --layout NAME    how the files are laid out, where it is not recognised:
${sources.map(({ name, layout }) => `                     ${name.padEnd(14)} ${layout}`).join("\n")}
  --classes FILE   of these classes alone: a name or synset number a line, or a manifest, whose
                   subset is made anew from the full set
  --dry-run        says what would be fetched and read
  --help           prints this

Without --archive and --url, these sets are fetched: ${Object.keys(homes).join(", ")}.
ImageNet-1K is behind an agreement (image-net.org): give your copy, the tar files or the folders,
as --archive. Sets lie in data/, or in the folder that SEMANTIC_PAIRS_DATA names.`;

/** What the command line asks for. */
interface Flags {
  name: string;
  archives: string[];
  toFetch: Home[];
  layout?: string;
  classesFile?: string;
  dryRun: boolean;
}

/**
 * Runs the task.
 *
 * @throws {Problem} for a wrong command line, a failed download, a set that cannot be read
 */
export async function data(args: string[], signal?: AbortSignal): Promise<void> {
  const flags = parseFlags(args);
  if (!flags) return console.log(HELP);
  const { name, archives, toFetch, layout, classesFile, dryRun } = flags;
  const classes = classesFile === undefined ? undefined : await classesIn(classesFile);
  const folder = join(dataFolders()[0], name);
  const fetched = toFetch.map((home) => {
    const place = join("downloads", sha256(home.url).slice(0, 8)); // names of files may be alike
    return { home, path: join(folder, place, fileNameOf(home.url)) };
  });
  if (dryRun) {
    for (const { home, path } of fetched) console.log(`would fetch ${home.url} to ${path}`);
    for (const path of archives) console.log(`would read ${path}`);
    return console.log(`would write ${manifestFile(name)} and the index in ${folder}`);
  }
  if (fetched.length > 0) {
    using _ = await lockData(folder);
    for (const { home, path } of fetched) {
      await fetchFile(home, path, { progress: consoleProgress(basename(path)), signal });
    }
  }
  const paths = [...fetched.map(({ path }) => path), ...archives];
  const before = await manifestOf(name).catch(() => undefined); // a broken one is replaced
  const manifest = await importSet(name, paths, { layout, classes, progress: consoleProgress });
  console.log(describe(manifest).join("\n"));
  if (before && before.hash !== manifest.hash) {
    console.log(`  other content than the manifest that was here: runs on it are other runs`);
  }
  console.log(`written to ${manifestFile(name)}`);
}

/** The lines of a text file, or the classes of a manifest. */
async function classesIn(path: string): Promise<string[]> {
  const text = await Deno.readTextFile(path).catch((error) => {
    throw new Problem(`--classes ${path} cannot be read: ${messageOf(error)}`);
  });
  if (!text.startsWith("{")) return text.split("\n").map((line) => line.trim()).filter(Boolean);
  try {
    const { classes } = JSON.parse(text);
    if (Array.isArray(classes) && classes.every((each) => typeof each === "string")) return classes;
  } catch {
    // said below
  }
  throw new Problem(`--classes ${path}: give a manifest, or a text file with a class a line`);
}

function parseFlags(args: string[]): Flags | undefined {
  const { values, positionals: [name, ...more] } = parse(args);
  if (values.help) return undefined;
  if (name === undefined || more.length > 0) {
    throw new Problem("deno task data NAME: give one name (deno task data --help tells more)");
  }
  const {
    archive: archives = [],
    url: urls = [],
    sha256: hash,
    layout,
    classes: classesFile,
    "dry-run": dryRun = false,
  } = values;
  if (archives.includes("")) throw new Problem("--archive: give a folder or an archive");
  if (hash !== undefined && (urls.length !== 1 || !/^[0-9a-f]{64}$/i.test(hash))) {
    throw new Problem("--sha256 takes 64 hexadecimal digits and goes with one --url");
  }
  const given = urls.map((url) => ({ url, sha256: hash?.toLowerCase() }));
  const known = archives.length + urls.length > 0
    ? given
    : Object.hasOwn(homes, name)
    ? homes[name]
    : undefined;
  if (!known) {
    throw new Problem(
      `${name} has no home that is known here: give --archive PATH or --url URL ` +
        `(fetched by name are ${Object.keys(homes).join(", ")})`,
    );
  }
  return { name: checkName(name), archives, toFetch: known, layout, classesFile, dryRun };
}

function parse(args: string[]) {
  return parseCommandLine("data", {
    args,
    allowPositionals: true,
    options: {
      archive: { type: "string", multiple: true },
      url: { type: "string", multiple: true },
      sha256: { type: "string" },
      layout: { type: "string" },
      classes: { type: "string" },
      "dry-run": { type: "boolean" },
      help: { type: "boolean", short: "h" },
    },
  });
}

/** The last part of a URL's path, made harmless. */
function fileNameOf(url: string): string {
  if (!URL.canParse(url) || !/^https?:/.test(url)) {
    throw new Problem(`--url ${url}: give an address that begins with http:// or https://`);
  }
  const plain = new URL(url).pathname.split("/").at(-1)!.replaceAll("%20", "_").replaceAll(
    /[^\w.-]/g,
    "_",
  ).replace(/^\.+/, "");
  return plain || "download";
}

if (import.meta.main) {
  await runTask(() => data(Deno.args));
}

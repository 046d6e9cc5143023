/**
 * The folder that a run keeps its checkpoints in: `<run>-<step>.safetensors`, the newest two.
 *
 * A file appears whole or not at all, is never written into, and is removed only by a run that has
 * gone past it and has a good one to go back to. The name begins with the hash of what decides the
 * run: no run overwrites or removes another's, and two processes of one run do no harm to each other.
 */
import { join } from "@std/path";
import { writeAtomic } from "../base/files.ts";
import { keyOf } from "../base/hash.ts";
import { messageOf, Problem } from "../base/problem.ts";
import { type Checkpoint, decodeCheckpoint, encodeCheckpoint, Mismatch } from "./checkpoint.ts";
import { differences, type RunIdentity } from "./run.ts";

/** A run's view of the folder. */
export interface CheckpointFolder {
  /**
   * The newest good checkpoint of this run, if there is one.
   *
   * @throws {Problem} where there are other runs' checkpoints only
   */
  newest(): Promise<Checkpoint | undefined>;
  /**
   * Writes a checkpoint, where its step is not kept already, and removes those before the last good one.
   *
   * @throws {Problem} where it cannot be written; the last good one is still there
   */
  write(checkpoint: Checkpoint): Promise<void>;
}

/**
 * Opens a folder for a run; it is made with the first checkpoint.
 *
 * @param warn told of files that are damaged and passed over
 */
export function checkpointFolder(
  directory: string,
  run: RunIdentity,
  warn: (message: string) => void,
): CheckpointFolder {
  let good: number | undefined; // the last step that is known to be safe
  return {
    newest: async () => {
      const found = await search(directory, run, warn);
      good = found?.step;
      return found;
    },
    write: async (checkpoint) => {
      const { step } = checkpoint;
      if (step === good) return; // a worker was lost in the step after it: the one before stays, too
      const path = join(directory, fileName(run, step));
      try {
        await writeAtomic(path, encodeCheckpoint(checkpoint));
      } catch (error) {
        const last = good === undefined ? "there is none yet" : `the last good one is step ${good}`;
        throw new Problem(
          `cannot write ${path}: ${messageOf(error)}; ${last}: make room and run again`,
        );
      }
      await removeBefore(step, good);
      good = step;
    },
  };

  async function removeBefore(step: number, kept: number | undefined): Promise<void> {
    const isOld = (file: File) =>
      file.run === shortKey(run) && file.step < step && file.step !== kept;
    const old = kept === undefined ? [] : (await list(directory)).filter(isOld);
    await Promise.all([...old.map(({ path }) => path), ...await abandoned(directory)].map(remove));
  }
}

type File = { path: string; run: string; step: number };

const shortKey = (run: RunIdentity) => keyOf(run).slice(0, 12);
const fileName = (run: RunIdentity, step: number) =>
  `${shortKey(run)}-${String(step).padStart(8, "0")}.safetensors`;

/** All checkpoints in a folder, of whatever run, the newest first. */
async function list(directory: string): Promise<File[]> {
  const files: File[] = [];
  for (const name of await namesIn(directory)) {
    const match = name.match(/^([0-9a-f]{12})-(\d{8,})\.safetensors$/);
    if (match) files.push({ path: join(directory, name), run: match[1], step: Number(match[2]) });
  }
  return files.sort((a, b) => b.step - a.step);
}

async function search(
  directory: string,
  run: RunIdentity,
  warn: (message: string) => void,
): Promise<Checkpoint | undefined> {
  const files = await list(directory);
  const isOwn = (file: File) => file.run === shortKey(run);
  const refusals: string[] = [];
  for (const { path } of [...files.filter(isOwn), ...files.filter((file) => !isOwn(file))]) {
    try {
      const checkpoint = decodeCheckpoint(await Deno.readFile(path), path);
      const differing = differences(run, checkpoint.run, "in the checkpoint");
      if (differing.length === 0) {
        refusals.forEach(warn); // newer, by their names of this run, and yet of no use
        return checkpoint;
      }
      refusals.push(`${path} is of another run: ${summary(differing)}`);
    } catch (error) {
      if (error instanceof Mismatch) refusals.push(error.message);
      else if (error instanceof Deno.errors.NotFound) {
        // Another process of this run has gone on, and removed it; or it is a link to nowhere.
        if (!sameFiles(files, await list(directory))) return await search(directory, run, warn);
      } else warn(`${messageOf(error)}; the checkpoint before it is used, or else the start`);
    }
  }
  if (refusals.length === 0) return undefined;
  throw new Problem(`${refusals[0]}: name another directory, or run what it was written by`);
}

const sameFiles = (a: File[], b: File[]) =>
  a.map(({ path }) => path).join() === b.map(({ path }) => path).join();

function summary(lines: string[], most = 4): string {
  const more = lines.length > most ? ` and ${lines.length - most} more` : "";
  return lines.slice(0, most).join("; ") + more;
}

/** Parts of files whose writers were killed: not touched for an hour. */
async function abandoned(directory: string): Promise<string[]> {
  const old: string[] = [];
  for (const name of await namesIn(directory)) {
    if (!/^[0-9a-f]{12}-\d{8,}\.safetensors\..*\.part$/.test(name)) continue;
    const path = join(directory, name);
    const changed = await Deno.stat(path).then(({ mtime }) => mtime, () => null);
    if (changed && Date.now() - changed.getTime() > 3_600_000) old.push(path);
  }
  return old;
}

async function namesIn(directory: string): Promise<string[]> {
  try {
    return (await Array.fromAsync(Deno.readDir(directory))).map(({ name }) => name);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw new Problem(`cannot read ${directory}: ${messageOf(error)}; name another directory`);
  }
}

/** Another process may have been quicker. */
async function remove(path: string): Promise<void> {
  await Deno.remove(path).catch((error) => {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  });
}

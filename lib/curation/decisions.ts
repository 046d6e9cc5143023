/**
 * What a person decided, pair by pair: a file of JSON lines that is only ever appended to, so that a
 * kill at any moment loses no decision that was confirmed.
 */
import { dirname } from "@std/path";
import { writeAll } from "../base/files.ts";
import { inTurn } from "../base/in_turn.ts";
import { messageOf, Problem } from "../base/problem.ts";
import type { Dataset } from "../datasets/dataset.ts";
import { contentOf } from "../pairs/pair_file.ts";

/** What a pair is said to be: one to learn from, a false one, or too hard to tell. */
export const verdicts = ["accept", "reject", "skip"] as const;

/** One of them. */
export type Verdict = typeof verdicts[number];

/** Two images, by index. */
export type Pair = readonly [a: number, b: number];

/** A line of the file; images by name, as people read it. */
interface Line {
  a: string;
  b: string;
  /** Null where the pair is undecided again. */
  verdict: Verdict | null;
  /** It takes the last decision back. */
  undo?: true;
  at: string;
}

/** The decisions of one file. */
export interface Decisions extends Disposable {
  of(pair: Pair): Verdict | undefined;
  /** All pairs that are decided, in the order of their decisions. */
  all(): { pair: Pair; verdict: Verdict }[];
  /** Returns when the decision is on the disk. */
  decide(pair: Pair, verdict: Verdict): Promise<void>;
  /** Takes the last decision back, over and over; the pair that it was about. */
  undo(): Promise<Pair | undefined>;
}

/** What an image is called in lists. */
export const nameOf = ({ id }: Dataset, image: number): string => id?.(image) ?? String(image);

const FORMAT = "semantic-pairs decisions";

/**
 * Opens a file of decisions, or begins one. A line that a kill has cut off was never confirmed: it is
 * removed.
 *
 * @throws {Problem} for a file that is none of these, of other images, or that another process has open
 */
export async function openDecisions(path: string, dataset: Dataset): Promise<Decisions> {
  await Deno.mkdir(dirname(path), { recursive: true });
  const file = await Deno.open(path, { read: true, append: true, create: true });
  try {
    if (!await file.tryLock(true)) {
      throw new Problem(`${path} is open in another process: end that one, or give another --out`);
    }
    const text = await whole(path, file);
    const content = contentOf(dataset);
    const lines = linesOf(path, text, { name: dataset.name, content });
    const decisions = keptBy(file, lines, dataset);
    if (text === "") await append(file, { [FORMAT]: 1, dataset: dataset.name, content });
    return decisions;
  } catch (error) {
    file.close();
    throw error;
  }
}

/** The whole lines of the file; what follows the last of them is cut off. */
async function whole(path: string, file: Deno.FsFile): Promise<string> {
  const text = await Deno.readTextFile(path);
  const end = text.lastIndexOf("\n") + 1;
  if (end === text.length) return text;
  await file.truncate(new TextEncoder().encode(text.slice(0, end)).length);
  return text.slice(0, end);
}

function linesOf(path: string, text: string, of: { name: string; content: string }): Line[] {
  if (text === "") return [];
  const [header, ...lines] = text.trimEnd().split("\n").map((line, i) => {
    try {
      return JSON.parse(line);
    } catch (error) {
      throw new Problem(
        `${path}, line ${i + 1}: ${messageOf(error)}; restore it, or give another --out`,
      );
    }
  });
  if (header?.[FORMAT] !== 1) throw new Problem(`${path} holds no decisions: give another --out`);
  if (header.content === of.content) return lines;
  throw new Problem(
    `${path} is about ${header.dataset}, other images than ${of.name}: give another --out`,
  );
}

function keptBy(file: Deno.FsFile, lines: readonly Line[], dataset: Dataset): Decisions {
  const known = new Map<string, { pair: Pair; verdict: Verdict }>();
  const past: { pair: Pair; before: Verdict | undefined }[] = [];
  const set = (pair: Pair, verdict: Verdict | null | undefined) => {
    known.delete(keyOf(pair)); // so that the newest is the last
    if (verdict) known.set(keyOf(pair), { pair, verdict });
  };
  const names = new Map(Array.from({ length: dataset.length }, (_, i) => [nameOf(dataset, i), i]));
  for (const { a, b, verdict, undo } of lines) {
    const [i, j] = [names.get(a)!, names.get(b)!]; // the content is the same, and so are the names
    if (undo) past.pop();
    else past.push({ pair: [i, j], before: known.get(keyOf([i, j]))?.verdict });
    set([i, j], verdict);
  }
  const written = async ([a, b]: Pair, verdict: Verdict | null, undo?: true) => {
    const named = { a: nameOf(dataset, a), b: nameOf(dataset, b) };
    await append(file, { ...named, verdict, ...(undo && { undo }), at: new Date().toISOString() });
  };
  const turn = inTurn(); // two tabs may decide at once
  return {
    of: (pair) => known.get(keyOf(pair))?.verdict,
    all: () => [...known.values()],
    decide: (pair, verdict) =>
      turn(async () => {
        await written(pair, verdict);
        past.push({ pair, before: known.get(keyOf(pair))?.verdict });
        set(pair, verdict);
      }),
    undo: () =>
      turn(async () => {
        const last = past.at(-1);
        if (!last) return undefined;
        await written(last.pair, last.before ?? null, true);
        past.pop();
        set(last.pair, last.before);
        return last.pair;
      }),
    [Symbol.dispose]: () => file.close(),
  };
}

const keyOf = ([a, b]: Pair) => `${Math.min(a, b)} ${Math.max(a, b)}`;

/** Appends a line, and returns when the disk has it; a line that failed leaves nothing behind. */
async function append(file: Deno.FsFile, line: object): Promise<void> {
  const { size } = await file.stat();
  try {
    await writeAll(file, new TextEncoder().encode(JSON.stringify(line) + "\n"));
    await file.syncData();
  } catch (error) {
    await file.truncate(size);
    throw error;
  }
}

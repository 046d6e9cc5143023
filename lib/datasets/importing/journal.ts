/** What is done of a long job, so that one that was killed goes on: a file of JSON, a line an item. */
import { dirname } from "@std/path";
import { writeAll } from "../../base/files.ts";

/** The finished items of a job, by their keys. */
export interface Journal<T> {
  /** What an earlier start of the job noted. */
  known(key: string): T | undefined;
  /** Notes items; once this settles, a kill of the process does not lose them. */
  note(items: readonly [key: string, value: T][]): Promise<void>;
  close(): void;
  /** Removes the file: the job is done. */
  finish(): Promise<void>;
}

/**
 * Opens the journal of a job. What is noted there of another job is thrown away, and so is a last
 * line that was cut.
 *
 * @param job whatever tells this job from others, e.g. the files that it works on
 */
export async function openJournal<T>(path: string, job: unknown): Promise<Journal<T>> {
  const head = JSON.stringify(job) + "\n";
  const { known, bytes } = await read<T>(path, head);
  await Deno.mkdir(dirname(path), { recursive: true });
  const file = await Deno.open(path, { write: true, create: true });
  await file.truncate(bytes);
  await file.seek(bytes, Deno.SeekMode.Start);
  if (bytes === 0) await writeAll(file, encode(head));
  return {
    known: (key) => known.get(key),
    note: (items) =>
      writeAll(file, encode(items.map((item) => JSON.stringify(item) + "\n").join(""))),
    close: () => file.close(),
    finish: () => Deno.remove(path),
  };
}

/** What is noted of the job, and how many bytes of the file that is. */
async function read<T>(path: string, head: string) {
  const known = new Map<string, T>();
  const content = await Deno.readFile(path).catch(() => new Uint8Array());
  const decoder = new TextDecoder();
  let bytes = 0;
  for (let end = content.indexOf(10); end >= 0; end = content.indexOf(10, bytes)) {
    const line = decoder.decode(content.subarray(bytes, end + 1));
    if (bytes === 0) {
      if (line !== head) return { known, bytes: 0 };
    } else {
      try {
        const [key, value] = JSON.parse(line);
        known.set(key, value);
      } catch {
        return { known, bytes };
      }
    }
    bytes = end + 1;
  }
  return { known, bytes };
}

const encode = (text: string) => new TextEncoder().encode(text);

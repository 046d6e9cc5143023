/** Small notebooks in temporary folders. */
import { join } from "@std/path";
import { checkout } from "../../lib/base/files.ts";

/** A cell to be: code, or Markdown, or code with tags. */
export type Draft = string | { markdown: string } | { code: string; tags: string[] };

/** The JSON of a notebook for the Deno kernel. */
export function notebookJson(drafts: Draft[], kernel = "deno"): string {
  const cells = drafts.map((draft, i) => {
    const common = { id: `cell-${i + 1}`, metadata: {} };
    if (typeof draft === "object" && "markdown" in draft) {
      return { ...common, cell_type: "markdown", source: draft.markdown };
    }
    const { code, tags } = typeof draft === "string" ? { code: draft, tags: [] } : draft;
    const metadata = tags.length ? { tags } : {};
    return {
      ...common,
      metadata,
      cell_type: "code",
      execution_count: null,
      outputs: [],
      source: code,
    };
  });
  const metadata = { kernelspec: { display_name: "Deno", language: "typescript", name: kernel } };
  return JSON.stringify({ cells, metadata, nbformat: 4, nbformat_minor: 5 });
}

/** Calls the test with the path of a notebook with these cells, in a folder of its own. */
export async function withNotebook(
  drafts: Draft[],
  test: (path: string, folder: string) => Promise<void>,
): Promise<void> {
  await withFolder(async (folder) => {
    const path = join(folder, "notebook.ipynb");
    await Deno.writeTextFile(path, notebookJson(drafts));
    await test(path, folder);
  });
}

/** Gives a folder the checkout's packages, as notebooks/ has them. */
export async function withImports(folder: string): Promise<void> {
  const { imports } = JSON.parse(await Deno.readTextFile(join(checkout, "deno.json")));
  delete imports["semantic-pairs"];
  await Deno.writeTextFile(join(folder, "deno.json"), JSON.stringify({ imports }));
}

/** Calls the test with a folder that is gone afterwards. */
export async function withFolder(test: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "notebook-test-" });
  try {
    await test(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** Waits. */
export const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** The content of a file, as soon as it has one. */
export async function untilRead(path: string): Promise<string> {
  for (let i = 0; i < 600; i++) {
    const text = await Deno.readTextFile(path).catch(() => "");
    if (text) return text;
    await pause(50);
  }
  throw new Error(`${path} never came`);
}

/** Whether a process is running. */
export function isAlive(pid: number): boolean {
  try {
    Deno.kill(pid, "SIGCONT");
    return true;
  } catch {
    return false;
  }
}

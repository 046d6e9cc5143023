/**
 * `deno run -A lib/tasks/check.ts`: the types of all code, and the cells of all notebooks: their
 * types, lint, formatting and length, and whether all have been run.
 */
import { join } from "@std/path";
import { checkout } from "../base/files.ts";
import { Problem, runTask } from "../base/problem.ts";
import { checkNotebooks, unrunCells } from "../notebook/check_cells.ts";
import { notebooksIn } from "../notebook/notebook_file.ts";

async function check(): Promise<void> {
  const notebooks = await notebooksIn(join(checkout, "notebooks"));
  const unrun = await Promise.all(notebooks.map(unrunCells));
  const faults = [...unrun.flat(), ...await checkNotebooks(notebooks, ["lib", "tests"])];
  for (const fault of faults) console.error(fault);
  if (faults.length > 0) throw new Problem("the check found faults (listed above)");
  console.log(`checked lib, tests and the cells of ${notebooks.length} notebooks`);
}

if (import.meta.main) await runTask(check);

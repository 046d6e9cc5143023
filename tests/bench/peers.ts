/** `deno task bench peers`: makes the Python that the other benchmarks compare with. */
import { join } from "@std/path";
import { cacheDirectory, exists } from "../../lib/base/files.ts";
import { sha256 } from "../../lib/base/hash.ts";
import { Problem } from "../../lib/base/problem.ts";
import { findPython } from "../../lib/engine/python.ts";

const requirements = join(import.meta.dirname!, "peers-requirements.txt");

/** Prints what to set `PEER_PYTHON` to; with `json`, to stderr: it is no measurement. */
export async function run({ json }: { json: boolean }): Promise<void> {
  const key = sha256(await Deno.readFile(requirements)).slice(0, 12);
  const folder = cacheDirectory(`peers-${key}`);
  await completed(folder, () => makeEnvironment(folder, { quiet: json }));
  (json ? console.error : console.log)(`PEER_PYTHON=${pythonOf(folder)}`);
}

/**
 * Builds a folder anew unless it is complete. A virtual environment knows its own path and cannot
 * be renamed into place; a marker, written last, says that it is whole.
 */
export async function completed(folder: string, build: () => Promise<void>): Promise<void> {
  const marker = join(folder, ".complete");
  if (await exists(marker)) return;
  if (await exists(folder)) await Deno.remove(folder, { recursive: true });
  await build();
  await Deno.writeTextFile(marker, "");
}

async function makeEnvironment(folder: string, { quiet }: { quiet: boolean }): Promise<void> {
  const python = await findPython();
  if (!python) throw new Problem("bench peers needs a python3 on the PATH: install one");
  const stdout = quiet ? "null" : "inherit"; // pip's progress
  const call = async (command: string, args: string[], help: string) => {
    const { success } = await new Deno.Command(command, { args, stdout, stderr: "inherit" }).spawn()
      .status;
    if (!success) throw new Problem(`${command} ${args.join(" ")} failed: ${help}`);
  };
  await call(python, ["-m", "venv", folder], "its Python needs the modules venv and ensurepip");
  const install = ["-m", "pip", "install", "--disable-pip-version-check", "-r", requirements];
  await call(pythonOf(folder), install, "see pip's message above; Python must be 3.11-3.13");
}

function pythonOf(environment: string): string {
  return Deno.build.os === "windows"
    ? join(environment, "Scripts", "python.exe")
    : join(environment, "bin", "python");
}

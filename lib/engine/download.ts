/** Has pip fetch a wheel, from wherever the user's pip is set up to fetch. */
import { join } from "@std/path";
import { Problem } from "../base/problem.ts";
import type { Progress } from "../base/progress.ts";
import { findPython } from "./python.ts";
import { pythonVersion, type Wheel } from "./wheels.ts";

/** Fetches a wheel into a folder and returns its path. */
export type Download = (wheel: Wheel, folder: string, progress: Progress) => Promise<string>;

/**
 * `pip download` of a pinned wheel.
 *
 * @param folder an empty folder that this process alone uses
 * @throws {Problem} without a Python, and where pip fails: no network, or a wrong hash
 */
export const downloadWheel: Download = async (wheel, folder, progress) => {
  const python = await findPython();
  if (!python) throw failure(wheel, "there is no python3 to fetch it with");
  const requirements = join(folder, "requirements.txt");
  await Deno.writeTextFile(requirements, `${wheel.requirement} --hash=sha256:${wheel.sha256}\n`);
  const pip = new Deno.Command(python, {
    args: pipArguments(wheel, requirements, folder),
    env: { TMPDIR: folder, TEMP: folder, TMP: folder }, // so that its progress can be seen
    stdin: "null",
    stdout: "null",
    stderr: "piped",
  });
  const { success, stderr } = await watched(pip.output(), wheel, folder, progress);
  if (!success) throw failure(wheel, reasonOf(new TextDecoder().decode(stderr)));
  for await (const { name } of Deno.readDir(folder)) {
    if (name.endsWith(".whl")) return join(folder, name);
  }
  throw failure(wheel, "pip left no wheel behind");
};

function pipArguments(wheel: Wheel, requirements: string, folder: string): string[] {
  const target = ["--implementation", "cp", "--python-version", pythonVersion];
  return [
    ...["-m", "pip", "download", "--require-hashes", "--requirement", requirements],
    ...["--no-deps", "--only-binary=:all:", ...target, "--platform", wheel.platform],
    ...["--dest", folder, "--no-input", "--disable-pip-version-check"],
  ];
}

/** pip shows its bar to terminals only, each version its own: the growing file says the same. */
async function watched(
  work: Promise<Deno.CommandOutput>,
  wheel: Wheel,
  folder: string,
  progress: Progress,
): Promise<Deno.CommandOutput> {
  const megabytes = (bytes: number) => Math.round(bytes / 1e6);
  const total = megabytes(wheel.bytes);
  const show = async () =>
    progress(Math.min(megabytes(await sizeOf(folder)), total - 1), total, "MB");
  const timer = setInterval(show, 250);
  try {
    await show();
    const result = await work;
    if (result.success) progress(total, total, "MB");
    return result;
  } finally {
    clearInterval(timer);
  }
}

/** Bytes of all files under a folder that others are writing to. */
async function sizeOf(folder: string): Promise<number> {
  let bytes = 0;
  try {
    for await (const { name, isDirectory } of Deno.readDir(folder)) {
      const path = join(folder, name);
      bytes += isDirectory ? await sizeOf(path) : (await Deno.stat(path)).size;
    }
  } catch {
    // Moved meanwhile: this is only what a progress line says.
  }
  return bytes;
}

/** The one line of pip's messages that says what happened. */
function reasonOf(messages: string): string {
  const lines = messages.split("\n").map((line) => line.trim()).filter(Boolean);
  const error = lines.findLast((line) => line.startsWith("ERROR:")) ?? lines.at(-1);
  return `pip says: ${error?.replace(/^ERROR:\s*/, "") ?? "nothing"}`;
}

function failure(wheel: Wheel, reason: string): Problem {
  const name = wheel.requirement.split("==")[0];
  return new Problem(
    `${wheel.requirement} could not be fetched (${reason}): see that there is a Python 3 with pip and ` +
      `a network and try again, or \`pip install ${name}\`, or set SEMANTIC_PAIRS_TENSORFLOW to a ` +
      "folder that holds TensorFlow's C library, or use ENGINE=webgpu (on a GPU)",
  );
}

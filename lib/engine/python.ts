/** The Python of this machine: it knows where TensorFlow is installed, and its pip fetches. */

/** A Python package `tensorflow`. */
export interface PythonTensorFlow {
  /** The folder of the package, e.g. `…/site-packages/tensorflow`. */
  folder: string;
  version: string;
}

/** The command of a Python 3 on the PATH. */
export async function findPython(): Promise<string | undefined> {
  for (const command of ["python3", "python"]) {
    const version = await output(command, ["-c", "import sys; print(sys.version_info[0])"]);
    if (version?.trim() === "3") return command;
  }
}

// Asks for the package's folder without importing it: an import takes seconds. The working
// directory is taken off the path, where any folder named tensorflow would pass for the package.
const ask = `
import sys
sys.path = [p for p in sys.path if p]
import importlib.metadata, importlib.util, json
spec = importlib.util.find_spec("tensorflow")
folders = list(spec.submodule_search_locations or []) if spec else []
for name in ("tensorflow", "tensorflow-cpu", "tensorflow-macos", "tensorflow-rocm", "intel-tensorflow"):
    try:
        version = importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        continue
    if folders:
        print(json.dumps({"folder": folders[0], "version": version}))
    break
`;

/** The tensorflow that the machine's Python would import, if any. */
export async function pythonTensorFlow(): Promise<PythonTensorFlow | undefined> {
  const python = await findPython();
  const answer = python && await output(python, ["-c", ask]);
  return answer ? JSON.parse(answer) : undefined;
}

async function output(command: string, args: string[]): Promise<string | undefined> {
  try {
    const run = await new Deno.Command(command, { args, stdin: "null", stderr: "null" }).output();
    return run.success ? new TextDecoder().decode(run.stdout) : undefined;
  } catch {
    return undefined; // no such command
  }
}

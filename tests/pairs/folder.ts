/** A folder for a test's files, gone when the test is over. */
import { join } from "@std/path";

/** Runs a test with a function that writes a file and gives its path. */
export async function withFiles(
  test: (write: (name: string, content: string | Uint8Array) => Promise<string>) => Promise<void>,
): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await test(async (name, content) => {
      const path = join(folder, name);
      const bytes = typeof content === "string" ? new TextEncoder().encode(content) : content;
      await Deno.writeFile(path, bytes);
      return path;
    });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

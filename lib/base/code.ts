/** Which version of this library runs. */
import { join } from "@std/path";
import { checkout } from "./files.ts";
import { sha256 } from "./hash.ts";
import { once } from "./once.ts";

const hashes = new Map<string, Promise<string>>();

/** The hash of the library's source and of the versions of its packages, read once in a process. */
export const codeHash = (): Promise<string> => once(hashes, checkout, hashNow);

async function hashNow(): Promise<string> {
  const paths = ["deno.lock", ...(await sourcesIn("lib")).sort()];
  const texts = await Promise.all(paths.map((path) => Deno.readTextFile(join(checkout, path))));
  return sha256(...paths.flatMap((path, i) => [path, "\0", texts[i], "\0"]));
}

async function sourcesIn(folder: string): Promise<string[]> {
  const found: string[] = [];
  for await (const { name, isDirectory } of Deno.readDir(join(checkout, folder))) {
    const path = `${folder}/${name}`;
    if (isDirectory) found.push(...await sourcesIn(path));
    else if (name.endsWith(".ts")) found.push(path);
  }
  return found;
}

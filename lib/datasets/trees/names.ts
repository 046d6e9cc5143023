/** What names tell before anything is read: which files are hidden, which archives mean harm. */
import { Problem } from "../../base/problem.ts";
import type { Skipped } from "./file_tree.ts";

/** Why a file is skipped whose name the disk or the archive spells in no known way. */
export const NO_UTF8 = "its name is no UTF-8: rename it";

/** Why a member is skipped whose name another member of the archive has already. */
export const NAMED_TWICE = "an earlier member has this name";

const SYSTEM = new Set(["__MACOSX", "Thumbs.db", "desktop.ini"]);

/** Whether a file or folder of this name is the system's or a program's own, no image. */
export function isHidden(name: string): boolean {
  return name.startsWith(".") || SYSTEM.has(name);
}

/** The path as far as its first hidden folder or file; undefined where nothing in it is hidden. */
export function hiddenPart(path: string): string | undefined {
  const parts = path.split("/");
  const hidden = parts.findIndex(isHidden);
  return hidden < 0 ? undefined : parts.slice(0, hidden + 1).join("/");
}

/**
 * The name of a member within its tree: `./a//b` is `a/b`.
 *
 * Nothing is unpacked to where names say, so a name could do no harm here. It could where others
 * unpack the same archive; and nothing honest has such names.
 *
 * @throws {Problem} for a name that would lead out of the folder that an archive is unpacked to
 */
export function memberName(archive: string, name: string): string {
  const parts = name.split("/");
  // deno-lint-ignore no-control-regex -- NUL ends a name for some programs and not for others
  if (/^\/|^[A-Za-z]:|[\\\x00]/.test(name) || parts.includes("..")) {
    throw new Problem(
      `${archive} has a member named ${
        JSON.stringify(name)
      }: an archive that would write outside ` +
        "of its folder is not to be trusted; get it from where it was made",
    );
  }
  return parts.filter((part) => part !== "" && part !== ".").join("/");
}

/** Files left out, by name; what is said twice (a hidden folder, of each member) stands once. */
export function inOrder(skipped: readonly Skipped[]): Skipped[] {
  const seen = new Set<string>();
  const once = skipped.filter(({ name, reason }) => {
    const key = JSON.stringify([name, reason]);
    return !seen.has(key) && seen.add(key);
  });
  return once.sort((a, b) => a.name < b.name ? -1 : a.name > b.name ? 1 : 0);
}

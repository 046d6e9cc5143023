/**
 * Parameters of a notebook: the top-level lines `const name = literal` of the cell that is tagged
 * `parameters` (papermill's tag). Other values take the literals' place in the code that runs; the
 * notebook's own source stays as it is.
 */
import { Problem } from "../base/problem.ts";
import type { CodeCell } from "./notebook_file.ts";

/** `const seeds: number = 3; // a note` in four parts: before, name, literal, after. */
const DECLARATION =
  /^((?:const|let)\s+(\w+)\s*(?::[^=]+)?=\s*)(.+?)((?:\s+as const)?\s*;?\s*(?:\/\/.*)?)$/;

/** The declared parameters of a notebook with their values. */
export function parametersOf(cells: CodeCell[]): Record<string, unknown> {
  const lines = cells.filter(isParameters).flatMap(({ source }) => source.split("\n"));
  const declared = lines.map(parse).filter((declaration) => declaration !== undefined);
  return Object.fromEntries(declared.map(({ name, value }) => [name, value]));
}

/**
 * The cells with other values for some of their parameters.
 *
 * @param given texts: JSON, or taken as they are where a string is declared
 * @throws Problem when a name is not declared, or a value is not of the declared literal's type
 */
export function withParameters(cells: CodeCell[], given: Record<string, string>): CodeCell[] {
  const declared = parametersOf(cells);
  const literals = new Map(
    Object.entries(given).map(([name, text]) => {
      if (!Object.hasOwn(declared, name)) throw unknownParameter(name, Object.keys(declared));
      return [name, JSON.stringify(valueOf(name, text, declared[name]))];
    }),
  );
  const replace = (line: string): string => {
    const declaration = parse(line);
    const literal = declaration && literals.get(declaration.name);
    return literal === undefined ? line : declaration!.before + literal + declaration!.after;
  };
  return cells.map((cell) =>
    isParameters(cell) ? { ...cell, source: cell.source.split("\n").map(replace).join("\n") } : cell
  );
}

/** The error for a name that no notebook declares. */
export function unknownParameter(name: string, known: string[]): Problem {
  const list = known.length ? `known: ${known.join(", ")}` : "there are none";
  return new Problem(`unknown parameter "${name}" (${list})`);
}

const isParameters = ({ tags }: CodeCell) => tags.includes("parameters");

function parse(line: string) {
  const [, before, name, literal, after] = DECLARATION.exec(line) ?? [];
  if (name === undefined) return undefined;
  const quoted = /^'([^'"\\]*)'$/.exec(literal);
  const value = quoted ? quoted[1] : fromJson(literal.replaceAll(/(?<=\d)_(?=\d)/g, ""));
  return value === undefined ? undefined : { before, name, value, after };
}

function valueOf(name: string, text: string, declared: unknown): unknown {
  const parsed = fromJson(text);
  const value = typeof declared === "string" && typeof parsed !== "string" ? text : parsed ?? text;
  if (typeOf(value) === typeOf(declared)) return value;
  throw new Problem(
    `parameter ${name}: ${text} is a ${typeOf(value)}, the notebook declares a ${typeOf(declared)}`,
  );
}

function typeOf(value: unknown): string {
  return Array.isArray(value) ? "list" : value === null ? "null" : typeof value;
}

function fromJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

import { deepStrictEqual, match, strictEqual } from "node:assert/strict";
import { join } from "@std/path";
import { moduleOf } from "../../lib/notebook/cells.ts";
import { checkNotebooks, unrunCells } from "../../lib/notebook/check_cells.ts";
import { type Draft, notebookJson, withFolder } from "./fixture.ts";

async function faultsOf(notebooks: Record<string, Draft[]>): Promise<string[]> {
  let faults: string[] = [];
  await withFolder(async (folder) => {
    await Deno.writeTextFile(join(folder, "x.ts"), "export const x: number = 1;\n");
    const paths = Object.keys(notebooks).map((name) => join(folder, `${name}.ipynb`));
    for (const [i, drafts] of Object.values(notebooks).entries()) {
      await Deno.writeTextFile(paths[i], notebookJson(drafts));
    }
    faults = await checkNotebooks(paths);
  });
  return faults;
}

const sound = [
  { markdown: "# not code (" },
  'import { join } from "@std/path";\nimport { x } from "./x.ts";\nconst profile = "desk";',
  "const y = await Promise.resolve(x);",
  'join(profile, "a");\ny',
  Array(15).fill("1;").join("\n"),
];
const show = "const show = (value: unknown) => Promise.resolve(value);";

Deno.test("cells that nobody has run are named", async () => {
  await withFolder(async (folder) => {
    const path = join(folder, "new.ipynb"), notebook = JSON.parse(notebookJson(["1;", "2;"]));
    notebook.cells[0].execution_count = 1;
    await Deno.writeTextFile(path, JSON.stringify(notebook));
    deepStrictEqual(await unrunCells(path), [
      "new.ipynb cell 2: not run, reproduce the notebook",
    ]);
  });
});

Deno.test("no notebooks, no faults", async () => {
  deepStrictEqual(await checkNotebooks([]), []);
});

Deno.test("every kind of fault is told in its notebook's cells and lines", async () => {
  const faults = await faultsOf({
    sound,
    length: [Array(16).fill("1;").join("\n")],
    await: [show, "await show(1);\nshow(2);"],
    format: ["1;", "[\n  1,\n 2,\n];"],
    lint: ["const used = 1;", "used;\nlet unused = 2;"],
    types: [{ markdown: "text" }, 'import { x } from "./x.ts";', "1;\nconst z: string = x;\nz;"],
  });
  deepStrictEqual(faults.slice(0, -1), [
    "length.ipynb cell 1: 16 lines, at most 15 are allowed",
    "await.ipynb cell 2 line 2: show() without await",
    "format.ipynb cell 2 line 3: not formatted, should be:   2,",
    "lint.ipynb cell 2 line 2: `unused` is never used (no-unused-vars)",
    "lint.ipynb cell 2 line 2: `unused` is never reassigned (prefer-const)",
  ]);
  const types = faults.at(-1)!;
  match(types, /Type 'number' is not assignable to type 'string'/);
  match(types, /at types\.ipynb cell 3 line 2$/m);
  strictEqual(types.match(/ERROR/g)?.length, 1);
});

Deno.test("a module that is not there", async () => {
  const [fault] = await faultsOf({ missing: ["1;", 'import { y } from "./y.ts";\ny;'] });
  match(fault, /y\.ts[^]*at missing\.ipynb cell 2 line 1$/m);
});

Deno.test("a syntax error", async () => {
  const faults = await faultsOf({ syntax: ["1;", "const a = 1;\nconst b = ;\n[a, b];"] });
  match(faults.join("\n"), /Expression expected[^]*at syntax\.ipynb cell 2 line 2$/m);
});

Deno.test("a module's relative imports are those of the notebook's folder", () => {
  const code = 'import { a } from "../lib/a.ts";\nconst b = await import("./b.ts");\nimport "c";';
  const { text } = moduleOf(JSON.parse(notebookJson([code])), "/study/notebooks/01.ipynb");
  strictEqual(
    text,
    'import { a } from "file:///study/lib/a.ts";\n' +
      'const b = await import("file:///study/notebooks/b.ts");\nimport "c";\n',
  );
});

import { deepStrictEqual, strictEqual, throws } from "node:assert/strict";
import type { CodeCell } from "../../lib/notebook/notebook_file.ts";
import { parametersOf, withParameters } from "../../lib/notebook/parameters.ts";

const cell = (source: string, tags = ["parameters"]): CodeCell => ({ number: 1, source, tags });
const cells = [
  cell("const other = 1;", []),
  cell(`import { x } from "x";
const profile = "desk"; // smoke | desk
let seeds: number = 3;
const rate = -1_000.5;
const quoted = 'a b';
const methods = ["simclr", "barlow"] as const;
const verbose = false
// const disabled = 1;
const computed = seeds + 1;
  const inner = 2;`),
];

Deno.test("parameters are the top-level declarations of literals in the tagged cell", () => {
  deepStrictEqual(parametersOf(cells), {
    profile: "desk",
    seeds: 3,
    rate: -1000.5,
    quoted: "a b",
    methods: ["simclr", "barlow"],
    verbose: false,
  });
});

Deno.test("given values take the literals' place and nothing else changes", () => {
  const given = { profile: "smoke", seeds: "1", methods: '["byol"]', verbose: "true", quoted: "7" };
  const [other, parameters] = withParameters(cells, given);
  strictEqual(other, cells[0]);
  deepStrictEqual(parameters.source.split("\n").slice(1, 7), [
    'const profile = "smoke"; // smoke | desk',
    "let seeds: number = 1;",
    "const rate = -1_000.5;",
    'const quoted = "7";',
    'const methods = ["byol"] as const;',
    "const verbose = true",
  ]);
});

Deno.test("a value is text with quotes and dollars as they are", () => {
  const [given] = withParameters([cell('const name = "a";')], { name: 'say "$&"' });
  strictEqual(given.source, 'const name = "say \\"$&\\"";');
});

Deno.test("unknown names and other types are refused", () => {
  throws(() => withParameters(cells, { seed: "1" }), /unknown parameter "seed" \(known: profile, /);
  throws(() => withParameters([cell("1", [])], { seed: "1" }), /there are none/);
  throws(() => withParameters(cells, { seeds: "many" }), /seeds: many is a string.* a number/);
  throws(() => withParameters(cells, { methods: "3" }), /a number.* a list/);
  throws(() => withParameters(cells, { toString: "3" }), /unknown parameter/);
});

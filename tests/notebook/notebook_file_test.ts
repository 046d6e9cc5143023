import { deepStrictEqual, match, rejects, strictEqual } from "node:assert/strict";
import type { INotebookContent } from "@jupyterlab/nbformat";
import {
  codeCells,
  formatNotebook,
  readNotebook,
  withOutputs,
} from "../../lib/notebook/notebook_file.ts";
import { outputsOf } from "../../lib/notebook/outputs.ts";
import { notebookJson, withFolder } from "./fixture.ts";

const notebook = (...sources: string[]): INotebookContent => JSON.parse(notebookJson(sources));

Deno.test("code cells are numbered among all cells; empty ones are left out", () => {
  const drafts = [{ markdown: "a" }, "1", " \n", { code: "2", tags: ["parameters"] }];
  deepStrictEqual(
    codeCells(JSON.parse(notebookJson(drafts))),
    [
      { number: 2, source: "1", tags: [], type: "code" },
      { number: 4, source: "2", tags: ["parameters"], type: "code" },
    ].map(({ type: _, ...cell }) => cell),
  );
});

Deno.test("what differs from run to run is not kept", () => {
  const before = notebook("1");
  before.cells[0].metadata = { execution: { "iopub.status.busy": "2026" }, tags: ["kept"] };
  before.metadata.language_info = { name: "typescript", version: "5.9" };
  const { cells, metadata } = withOutputs(before, new Map([[1, []]]));
  deepStrictEqual(cells[0].metadata, { tags: ["kept"] });
  strictEqual(metadata.language_info?.name, "typescript");
  strictEqual(metadata.language_info?.version, undefined);
});

Deno.test("an older notebook gets ids that do not change", () => {
  const old = notebook("1", "2");
  for (const cell of old.cells) delete cell.id;
  const { cells, nbformat_minor } = withOutputs({ ...old, nbformat_minor: 2 }, new Map());
  strictEqual(nbformat_minor, 5);
  for (const { id } of cells) match(String(id), /^[0-9a-f]{8}$/);
  deepStrictEqual(withOutputs(old, new Map()).cells, cells);
});

Deno.test("a file depends on content, not on the order of keys or the form of its text", () => {
  const one = withOutputs(notebook("a\nb\n", "c"), new Map());
  const other = { nbformat_minor: 5, nbformat: 4, metadata: one.metadata, cells: one.cells };
  const lines = one.cells.map(({ source, ...cell }) => ({ source, ...cell }));
  lines[0].source = ["a\n", "b\n"];
  strictEqual(formatNotebook({ ...other, cells: lines } as INotebookContent), formatNotebook(one));
  deepStrictEqual(JSON.parse(formatNotebook(one)).cells[0].source, ["a\n", "b\n"]);
});

Deno.test("a notebook for another kernel is refused", async () => {
  await withFolder(async (folder) => {
    await Deno.writeTextFile(`${folder}/x.ipynb`, notebookJson([], "python3"));
    await rejects(readNotebook(`${folder}/x.ipynb`), /its kernel is "python3", not "deno"/);
  });
});

const message = (type: string, content: object) => ({
  type,
  metadata: {},
  content: content as Record<string, unknown>,
});
const stream = (name: string, text: string) => message("stream", { name, text });
const display = (type: string, text: string, display_id?: string) =>
  message(type, { data: { "text/plain": text }, metadata: {}, transient: { display_id } });

Deno.test("outputs: streams are merged, without colours and overwritten lines", () => {
  const messages = [
    stream("stdout", "\x1b[31mr"),
    stream("stdout", "ed\x1b[39m\r\n 10 %\r100 %\n"),
    stream("stderr", "b"),
    stream("stdout", "c"),
  ];
  deepStrictEqual(outputsOf(messages), [
    { output_type: "stream", name: "stdout", text: "red\n100 %\n" },
    { output_type: "stream", name: "stderr", text: "b" },
    { output_type: "stream", name: "stdout", text: "c" },
  ]);
});

Deno.test("outputs: an updated display has its last content; empty results and states are none", () => {
  const messages = [
    message("status", { execution_state: "busy" }),
    display("display_data", "1", "id"),
    display("display_data", "other"),
    display("update_display_data", "2", "id"),
    display("update_display_data", "3", "never shown"),
    message("execute_result", { data: {}, metadata: {} }),
  ];
  deepStrictEqual(outputsOf(messages).map(({ data }) => data), [
    { "text/plain": "2" },
    { "text/plain": "other" },
  ]);
});

Deno.test("outputs: clear_output clears", () => {
  const messages = [stream("stdout", "a"), message("clear_output", {}), stream("stdout", "b")];
  deepStrictEqual(outputsOf(messages).map(({ text }) => text), ["b"]);
});

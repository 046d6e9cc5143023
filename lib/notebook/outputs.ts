/** What a cell published, as the outputs that its notebook keeps. */
import { stripVTControlCharacters } from "node:util";
import type { IMimeBundle, OutputMetadata } from "@jupyterlab/nbformat";
import type { Message } from "./messages.ts";
import type { Output } from "./notebook_file.ts";

/** The key of a display's metadata that marks it as one of ours. */
export const OURS = "semantic-pairs";

/** A report of progress: shown while a cell runs, never kept. */
export interface ProgressReport {
  label: string;
  done: number;
  total: number;
  note?: string;
}

/** The progress that a message reports, if that is what it does. */
export function progressOf({ content }: Message): ProgressReport | undefined {
  return (content.metadata as Record<string, { progress?: ProgressReport }>)?.[OURS]?.progress;
}

/**
 * The outputs of a cell, from all it published, in order: a stream's pieces are joined, an updated
 * display has its last content, colours and overwritten lines are gone.
 */
export function outputsOf(messages: Message[]): Output[] {
  const outputs: Output[] = [];
  const displays = new Map<unknown, Output>();
  for (const { type, content } of messages) {
    const data = content.data as IMimeBundle;
    const id = (content.transient as { display_id?: string })?.display_id;
    if (type === "stream") addText(outputs, String(content.name), String(content.text));
    if (type === "clear_output") outputs.length = 0;
    if (type === "update_display_data" && displays.has(id)) displays.get(id)!.data = data;
    if (type === "display_data" || (type === "execute_result" && Object.keys(data).length > 0)) {
      const metadata = content.metadata as OutputMetadata;
      const output: Output = { output_type: type, data, metadata };
      outputs.push(output);
      if (id) displays.set(id, output);
    }
  }
  return outputs.map(plain);
}

/** Streams are merged as long as nothing else is shown between. */
function addText(outputs: Output[], name: string, text: string): void {
  const last = outputs.at(-1);
  if (last?.output_type === "stream" && last.name === name) last.text += text;
  else outputs.push({ output_type: "stream", name, text });
}

function plain(output: Output): Output {
  if (output.output_type === "stream") return { ...output, text: plainText(String(output.text)) };
  const data = output.data as IMimeBundle;
  const text = data["text/plain"];
  if (text === undefined) return output;
  return { ...output, data: { ...data, "text/plain": plainText(String(text)) } };
}

/** Text as a terminal shows it in the end: no control sequences, no overwritten lines. */
export function plainText(text: string): string {
  return stripVTControlCharacters(text).replaceAll("\r\n", "\n").replace(/^.*\r/gm, "");
}

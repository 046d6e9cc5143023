/** A parquet file of flat columns, read as a whole. */
import { type ColumnData, parquetMetadata, parquetRead, parquetSchema } from "hyparquet";
import { compressors } from "hyparquet-compressors";
import { messageOf, Problem } from "../base/problem.ts";

/** What is in a file. */
export interface ParquetTable {
  /** Column by column, in the order of the file. */
  columns: Map<string, unknown[]>;
  /** What the writer noted beside. */
  metadata: Map<string, string>;
}

/** Whether these are the bytes of a parquet file, by its first ones. */
export function isParquet(bytes: Uint8Array): boolean {
  return new TextDecoder().decode(bytes.subarray(0, 4)) === "PAR1";
}

/**
 * Reads those of the named columns that there are.
 *
 * @param choose given the names of all columns, those to read
 * @throws {Problem} where the file is damaged
 */
export async function readTable(
  path: string,
  bytes: Uint8Array<ArrayBuffer>,
  choose: (names: string[]) => string[],
): Promise<ParquetTable> {
  try {
    const buffer = bytes.slice().buffer; // a file's bytes may lie within a larger buffer
    const metadata = parquetMetadata(buffer);
    const names = parquetSchema(metadata).children.map(({ element }) => element.name);
    const rows = Number(metadata.num_rows);
    const chosen = choose(names), chunks: ColumnData[] = [];
    if (rows > 0 && chosen.length > 0) {
      const onChunk = (chunk: ColumnData) => chunks.push(chunk);
      await parquetRead({ file: buffer, metadata, compressors, columns: chosen, onChunk });
    }
    const columns = new Map(chosen.map((name) => [name, joined(name, chunks, rows)]));
    const notes = metadata.key_value_metadata ?? [];
    return { columns, metadata: new Map(notes.map(({ key, value }) => [key, value ?? ""])) };
  } catch (error) {
    const [reason] = messageOf(error).split("\n");
    throw new Problem(`${path} is not a whole parquet file (${reason}): fetch or write it again`);
  }
}

/** The values of a column, from chunks that come in any order. */
function joined(name: string, chunks: readonly ColumnData[], rows: number): unknown[] {
  const values: unknown[] = [];
  const own = chunks.filter(({ columnName }) => columnName === name);
  for (const { rowStart, columnData } of own.sort((a, b) => a.rowStart - b.rowStart)) {
    if (rowStart !== values.length) throw new Error(`no row ${values.length} of ${name}`);
    for (const value of columnData) values.push(value);
  }
  if (values.length !== rows) throw new Error(`${values.length} rows of ${rows} in ${name}`);
  return values;
}

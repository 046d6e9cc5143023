/**
 * Candidates on disk: parquet files with the columns `a`, `b` (indices), `a_id`, `b_id` (names, where
 * the data set has them) and `similarity`, which pandas reads too. How they were mined, and of what,
 * stands in the file's metadata.
 */
import { type ColumnSource, parquetWriteBuffer } from "hyparquet-writer";
import { writeAtomic } from "../base/files.ts";
import { Problem } from "../base/problem.ts";
import type { Dataset } from "../datasets/dataset.ts";
import type { Candidates } from "../pairs/mined.ts";
import { bytesAt, contentOf } from "../pairs/pair_file.ts";
import { isParquet, readTable } from "../pairs/parquet_table.ts";

/** Where the metadata stands. */
const METADATA = "semantic-pairs candidates";

/** What a file says of its candidates. */
interface Header {
  /** The data set's name, and the hash of its images and labels. */
  dataset: string;
  content: string;
  /** In words: the embedding, the rule. */
  mined: string;
}

/** Candidates, and how they were mined. */
export type MinedFile = { candidates: Candidates; mined: string };

/** Writes candidates, whole or not at all. */
export async function writeCandidates(
  path: string,
  { candidates: { a, b, similarity }, mined }: MinedFile,
  dataset: Dataset,
): Promise<void> {
  const common = { nullable: false, statistics: false };
  const index = (name: string, data: Int32Array): ColumnSource => (
    { ...common, name, data, type: "INT32", encoding: "PLAIN" }
  );
  const id = (name: string, images: Int32Array): ColumnSource => (
    { ...common, name, data: Array.from(images, (i) => dataset.id!(i)), type: "STRING" }
  );
  const header: Header = { dataset: dataset.name, content: contentOf(dataset), mined };
  const buffer = parquetWriteBuffer({
    columnData: [
      ...[index("a", a), index("b", b)],
      { ...common, name: "similarity", data: similarity, type: "FLOAT", encoding: "PLAIN" },
      ...(dataset.id ? [id("a_id", a), id("b_id", b)] : []),
    ],
    kvMetadata: [{ key: METADATA, value: JSON.stringify(header) }],
  });
  await writeAtomic(path, new Uint8Array(buffer));
}

/**
 * Reads what {@link writeCandidates} wrote.
 *
 * @throws {Problem} for a file that is missing, none of these, or of other images
 */
export async function readCandidates(path: string, dataset: Dataset): Promise<MinedFile> {
  const bytes = await bytesAt(path);
  const foreign = new Problem(`${path} holds no candidates: deno task pairs mine writes them`);
  if (!isParquet(bytes)) throw foreign;
  const names = ["a", "b", "similarity"];
  const { columns, metadata } = await readTable(
    path,
    bytes,
    (all) => all.filter((name) => names.includes(name)),
  );
  const header = headerIn(metadata);
  if (!header || columns.size !== names.length) throw foreign;
  if (header.content !== contentOf(dataset)) {
    throw new Problem(
      `${path} is of ${header.dataset}, not of what is ${dataset.name} here: mine anew`,
    );
  }
  const [a, b] = ["a", "b"].map((name) => Int32Array.from(columns.get(name)!, Number));
  const inside = (images: Int32Array) => images.every((i) => i >= 0 && i < dataset.length);
  if (!inside(a) || !inside(b)) throw new Problem(`${path} points outside of ${dataset.name}`);
  const similarity = Float32Array.from(columns.get("similarity")!, Number);
  return { candidates: { a, b, similarity }, mined: header.mined };
}

function headerIn(metadata: Map<string, string>): Header | undefined {
  try {
    const header = JSON.parse(metadata.get(METADATA) ?? "");
    const { dataset, content, mined } = header;
    return [dataset, content, mined].every((text) => typeof text === "string") ? header : undefined;
  } catch {
    return undefined;
  }
}

/**
 * Pair lists on disk: parquet files that pandas reads too. The columns `anchor` and `partner` are
 * indices, `anchor_id` and `partner_id` the images' names where the data set has names. What else
 * makes the list stands in the file's metadata, as JSON under the key `semantic-pairs`, with a hash
 * that tells a damaged file.
 */
import { type ColumnSource, parquetWriteBuffer } from "hyparquet-writer";
import { writeAtomic } from "../base/files.ts";
import { sha256 } from "../base/hash.ts";
import { messageOf, Problem } from "../base/problem.ts";
import type { Dataset } from "../datasets/dataset.ts";
import { bytesOf, pairKinds, type PairList, pairOrigins } from "./pair_list.ts";
import { isParquet, readTable } from "./parquet_table.ts";
import { proveSound } from "./prove.ts";

/** Where the metadata stands. */
export const METADATA = "semantic-pairs";

const VERSION = 1;

/** What a file says of its list. */
interface Header {
  version: number;
  kind: PairList["kind"];
  origin: PairList["origin"];
  perEpoch: number;
  /** The name of the data set, and the hash of its images and labels. */
  dataset: string;
  content: string;
  /** The hash of all that makes the list, the data set aside. */
  pairs: string;
}

/**
 * Writes a list, whole or not at all.
 *
 * @throws {Problem} where the list is not one of this data set
 * @example
 * ```ts ignore
 * await writePairs("data/pairs/birds.semantic.parquet", arms.semantic, birds);
 * ```
 */
export async function writePairs(path: string, list: PairList, dataset: Dataset): Promise<void> {
  proveSound(dataset, list);
  const { kind, origin, perEpoch } = list;
  const header: Header = {
    ...{ version: VERSION, kind, origin, perEpoch, dataset: dataset.name },
    content: contentOf(dataset),
    pairs: hashOf(list),
  };
  const buffer = parquetWriteBuffer({
    columnData: columnsOf(list, dataset),
    kvMetadata: [{ key: METADATA, value: JSON.stringify(header) }],
  });
  await writeAtomic(path, new Uint8Array(buffer));
}

function columnsOf({ anchors, partners }: PairList, dataset: Dataset): ColumnSource[] {
  const common = { nullable: false, statistics: false };
  const index = (name: string, data: Int32Array): ColumnSource => ({
    ...common,
    name,
    data,
    type: "INT32",
    encoding: "PLAIN",
  });
  const columns = [index("anchor", anchors), index("partner", partners)];
  if (!dataset.id) return columns;
  const ids = Array.from({ length: dataset.length }, (_, i) => dataset.id!(i));
  const id = (name: string, images: Int32Array): ColumnSource => ({
    ...common,
    name,
    data: Array.from(images, (i) => ids[i]),
    type: "STRING",
  });
  return [...columns, id("anchor_id", anchors), id("partner_id", partners)];
}

/**
 * Reads a list that {@link writePairs} wrote. It is for every data set of the same images and
 * labels, in whatever size they are held.
 *
 * @throws {Problem} for a list of other data, a damaged or changed file, and one of other origin
 */
export async function readPairs(path: string, dataset: Dataset): Promise<PairList> {
  const bytes = await bytesAt(path);
  if (!isParquet(bytes)) throw foreign(path);
  const table = await readTable(
    path,
    bytes,
    (names) => names.filter((name) => ["anchor", "partner"].includes(name)),
  );
  const header = headerIn(table.metadata);
  if (!header) throw foreign(path);
  if (header.version !== VERSION) {
    throw new Problem(
      `${path} has format ${header.version}, and ${VERSION} is read: match it anew`,
    );
  }
  checkContent(path, header, dataset);
  const [anchors, partners] = ["anchor", "partner"].map((name) =>
    Int32Array.from(table.columns.get(name) ?? [], Number)
  );
  const { kind, origin, perEpoch } = header;
  const list: PairList = { kind, origin, anchors, partners, perEpoch, dataset: dataset.hash };
  if (hashOf(list) !== header.pairs) {
    throw new Problem(
      `${path} was damaged or changed since it was written: write it again, or read it as a list ` +
        "that people made (pairs.curated)",
    );
  }
  proveSound(dataset, list);
  return list;
}

/** Whether a file is one that {@link writePairs} wrote; another may be a list for `curated`. */
export async function isPairFile(path: string): Promise<boolean> {
  const bytes = await bytesAt(path);
  return isParquet(bytes) &&
    headerIn((await readTable(path, bytes, () => [])).metadata) !== undefined;
}

/**
 * Refuses a list of other data.
 *
 * @throws {Problem} where the content is another
 */
export function checkContent(
  path: string,
  header: { dataset: string; content: string },
  dataset: Dataset,
): void {
  if (header.content === contentOf(dataset)) return;
  throw new Problem(
    `${path} holds pairs of ${header.dataset} (${header.content.slice(0, 8)}…), not of what is ` +
      `${dataset.name} here (${contentOf(dataset).slice(0, 8)}…): match its pairs anew`,
  );
}

/** The header among a file's metadata; undefined where there is none that makes sense. */
export function headerIn(metadata: Map<string, string>): Header | undefined {
  try {
    const header = JSON.parse(metadata.get(METADATA) ?? "");
    const { version, kind, origin, perEpoch, dataset, content, pairs } = header;
    const isOurs = [dataset, content, pairs].every((text) => typeof text === "string") &&
      [version, perEpoch].every(Number.isInteger) &&
      pairKinds.includes(kind) && pairOrigins.includes(origin);
    return isOurs ? header : undefined;
  } catch {
    return undefined;
  }
}

/** The bytes of a file. @throws {Problem} where it cannot be read */
export async function bytesAt(path: string): Promise<Uint8Array<ArrayBuffer>> {
  return await Deno.readFile(path).catch((error) => {
    throw new Problem(`cannot read ${path}: ${messageOf(error)}`);
  });
}

/** The hash of a data set's images and labels, in whatever size they are held. */
export function contentOf({ contentHash, hash }: Dataset): string {
  return contentHash ?? hash;
}

function hashOf({ kind, origin, perEpoch, anchors, partners }: PairList): string {
  const header = JSON.stringify({ kind, origin, perEpoch });
  return sha256(header, bytesOf(anchors), bytesOf(partners));
}

function foreign(path: string): Problem {
  return new Problem(
    `${path} is no list that pairs.writePairs wrote: a list that people made is read by ` +
      "pairs.curated",
  );
}

/** One parquet file of images and labels. */
import { type AsyncBuffer, type FileMetaData, parquetMetadataAsync, parquetScan } from "hyparquet";
import { compressors as all, decompressZstd } from "hyparquet-compressors";
import { messageOf, Problem } from "../../base/problem.ts";
import { HARMLESS, isBomb, MAX_RATIO } from "./limits.ts";
import { type ImageColumns, imageColumns } from "./parquet_columns.ts";
import { cannotRead, readPart } from "./ranges.ts";

/** A file whose metadata are known. */
export interface Shard {
  path: string;
  columns: ImageColumns;
  /** Row groups: rows are compressed together, so they are read together. */
  groups: RowGroup[];
  metadata: FileMetaData;
  file: AsyncBuffer;
}

/** Rows from `start` to before `end`. */
export interface RowGroup {
  start: number;
  end: number;
  /** Of its images, decompressed. */
  bytes: number;
}

/**
 * Opens a file by its metadata alone.
 *
 * @throws {Problem} for a file that is no whole parquet file, or has no images
 */
export async function openShard(path: string): Promise<Shard> {
  const { size } = await Deno.stat(path).catch((error) => {
    throw cannotRead(path, error);
  });
  const location = { path, offset: 0, stored: size, size, deflated: false };
  const file = {
    byteLength: size,
    slice: async (start: number, end = size) =>
      (await readPart(location, start, end - start)).buffer as ArrayBuffer,
  };
  return await orDamaged(path, async () => {
    const metadata = await parquetMetadataAsync(file);
    const columns = imageColumns(path, metadata);
    const groups = rowGroups(metadata, columns.image);
    if ((groups.at(-1)?.end ?? 0) > size) throw new Error("it claims more rows than it has bytes");
    return { path, columns, groups, metadata, file };
  });
}

function rowGroups({ row_groups }: FileMetaData, image: string): RowGroup[] {
  let end = 0;
  const groups = row_groups.map(({ num_rows, columns }) => {
    if (num_rows < 0n) throw new Error("a group of fewer than no rows");
    const parts = columns.filter((column) => column.meta_data?.path_in_schema[0] === image);
    const sizes = parts.map((part) => Number(part.meta_data!.total_uncompressed_size));
    return { start: end, end: end += Number(num_rows), bytes: sizes.reduce((a, b) => a + b, 0) };
  });
  return groups.filter(({ start, end }) => end > start);
}

/**
 * The label of each row as text; undefined where it is null or -1, which stands for none.
 *
 * @throws {Problem} for a number that stands for no class
 */
export async function labelsOf(shard: Shard, group: RowGroup): Promise<(string | undefined)[]> {
  const { label, classes } = shard.columns;
  if (label === undefined) return Array(group.end - group.start).fill(undefined);
  const values = await valuesOf(shard, label, group);
  return Array.from(values, (value, k) => {
    if (value === null || value === undefined) return undefined;
    if (typeof value === "string") return value;
    const number = Number(value);
    if (number === -1) return undefined;
    if (!classes) return String(number);
    if (classes[number] !== undefined) return classes[number];
    throw new Problem(
      `${shard.path}: row ${group.start + k} has the label ${number}, but there are ` +
        `${classes.length} classes: get the file from where it was made`,
    );
  });
}

/** The image file of each row, as it is stored; undefined where there is none. */
export async function imagesOf(
  shard: Shard,
  group: RowGroup,
): Promise<(Uint8Array | undefined)[]> {
  const values = await valuesOf(shard, shard.columns.image, group);
  return Array.from(values, (value) => {
    const bytes = value instanceof Uint8Array ? value : (value as { bytes?: unknown })?.bytes;
    return bytes instanceof Uint8Array ? bytes : undefined;
  });
}

async function valuesOf(
  { path, file, metadata }: Shard,
  column: string,
  { start, end }: RowGroup,
): Promise<ArrayLike<unknown>> {
  return await orDamaged(path, async () => {
    const options = { file, metadata, columns: [column], utf8: false, compressors };
    const scan = await parquetScan(options); // one each time, as it keeps what it has read
    const values = await scan.readColumn({ column, rowStart: start, rowEnd: end });
    if (values.length === end - start) return values;
    throw new Error(`${column} has ${values.length} rows instead of ${end - start}`);
  });
}

/** hyparquet's, but that none fills the memory. */
const compressors = Object.fromEntries(
  Object.entries({
    ...all,
    ZSTD: (input: Uint8Array, size: number) => decompressZstd(input, new Uint8Array(size)),
  }).map(([codec, decompress]) => [codec, (input: Uint8Array, size: number) => {
    // A page that repeats one label shrinks a thousandfold, honestly.
    if (size > 64 * HARMLESS && isBomb(size, input.length)) {
      throw new Error(`a page of more than ${MAX_RATIO} times its ${input.length} bytes`);
    }
    return decompress!(input, size);
  }]),
);

/** Whatever hyparquet stumbles over is the file's fault. */
async function orDamaged<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof Problem) throw error;
    throw new Problem(`${path} is no whole parquet file (${messageOf(error)}): fetch it again`);
  }
}

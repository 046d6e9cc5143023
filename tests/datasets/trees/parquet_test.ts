import { deepStrictEqual, ok, rejects, strictEqual } from "node:assert/strict";
import { zstdCompressSync } from "node:zlib";
import { join } from "@std/path";
import { parquetWriteBuffer } from "hyparquet-writer";
import { sha256 } from "../../../lib/base/hash.ts";
import { parquetTree } from "../../../lib/datasets/trees/parquet.ts";
import { bytesOf, inFolder, saying } from "./files.ts";

const vectors = join(import.meta.dirname!, "../../vectors");
const written = join(vectors, "hugging_face");
const rows: Record<string, { class: string | null; sha256: string | null }[]> = JSON.parse(
  Deno.readTextFileSync(join(vectors, "hugging_face.json")),
);
const shards = ["train-00000-of-00002", "train-00001-of-00002", "test-00000-of-00001"];

/** By name, the hash of the image that must be found there. */
function expected(stem: string, split: string, type: string): [string, string | null][] {
  return rows[stem].map((row, i) => {
    const place = row.class === null ? "unlabeled" : `${split}/${row.class.replace("/", "∕")}`;
    const digits = String(rows[stem].length - 1).length;
    return [`${place}/${stem}-${String(i).padStart(digits, "0")}.${type}`, row.sha256];
  });
}

Deno.test("parquet: rows are named and read as the library datasets wrote them", async () => {
  const tree = await parquetTree(shards.map((shard) => join(written, "data", `${shard}.parquet`)));
  const [a, b, test] = shards;
  const all = Object.fromEntries([
    ...expected(a, "train", "png"),
    ...expected(b, "train", "png"),
    ...expected(test, "test", "jpg"),
  ]);
  deepStrictEqual(tree.names, Object.keys(all).sort());
  ok(tree.names.includes("train/black∕white dog/train-00000-of-00002-2.png"));
  ok(tree.names.includes("unlabeled/test-00000-of-00001-0.jpg"));
  for (const [i, name] of tree.names.entries()) {
    strictEqual(sha256(await tree.read(i)), all[name], name);
  }
  strictEqual(tree.locate, undefined);
  tree.close();
});

Deno.test("parquet: in the order of the tree, rows come as they lie in the files", async () => {
  const tree = await parquetTree(shards.map((shard) => join(written, "data", `${shard}.parquet`)));
  const files = tree.order!.map((i) => tree.names[i].split("/").at(-1)!.split(".")[0]);
  const expected = shards.flatMap((shard) => rows[shard].map((_, i) => `${shard}-${i}`));
  deepStrictEqual(files, expected);
  const hashes = [];
  for (const i of tree.order!) hashes.push(sha256(await tree.read(i)));
  deepStrictEqual(hashes, shards.flatMap((shard) => rows[shard].map(({ sha256 }) => sha256)));
  tree.close();
});

Deno.test("parquet: bytes and text without metadata; zstd and gzip; no image", async () => {
  const tree = await parquetTree([join(written, "plain.parquet")]);
  const all = expected("plain", "train", "png");
  deepStrictEqual(tree.names, all.map(([name]) => name).sort());
  for (const [name, hash] of all) {
    const content = tree.read(tree.names.indexOf(name));
    if (hash) strictEqual(sha256(await content), hash);
    else await rejects(content, saying(/plain\.parquet: row 3 holds no image: remove it/));
  }
  tree.close();
});

/** A column for hyparquet-writer. */
type Columns = Parameters<typeof parquetWriteBuffer>[0]["columnData"];

const image = (text: string) => Uint8Array.of(0x89, ...bytesOf(`PNG${text}`));
const bytes = (name: string, data: Uint8Array[]) => ({ name, data, type: "BYTE_ARRAY" as const });

/** Runs a test on the paths of files with these columns. */
async function withFiles(
  files: Record<string, Columns>,
  test: (...paths: string[]) => Promise<void>,
  features?: unknown,
): Promise<void> {
  const about = { key: "huggingface", value: JSON.stringify({ info: { features } }) };
  const kvMetadata = features === undefined ? undefined : [about];
  const written = Object.entries(files).map(([name, columnData]) =>
    [name, new Uint8Array(parquetWriteBuffer({ columnData, kvMetadata, rowGroupSize: 2 }))] as const
  );
  await inFolder(Object.fromEntries(written), async (folder) => {
    await test(...Object.keys(files).map((name) => join(folder, name)));
  });
}

/** The names of a tree. */
async function namesOf(...paths: string[]): Promise<readonly string[]> {
  const tree = await parquetTree(paths);
  tree.close();
  return tree.names;
}

Deno.test("parquet: classes become folders of different, harmless names", async () => {
  const labels = ["a/b", "a∕b", "..", "", "_", "a\nb", "owl", "a/b"];
  const data = labels.map((_, i) => image(String(i)));
  const columns = [bytes("image", data), { name: "label", data: labels }];
  await withFiles({ "x.parquet": columns }, async (path) => {
    const folders = (await namesOf(path)).map((name) => name.split("/"));
    const byRow = folders.sort((a, b) => a[2] < b[2] ? -1 : 1).map(([split, folder, ...file]) => {
      strictEqual(split, "train");
      strictEqual(file.length, 1);
      return folder;
    });
    deepStrictEqual(byRow, ["a∕b", "a∕b_", "_..", "_", "__", "a_b", "owl", "a∕b"]);
  });
});

Deno.test("parquet: splits are told by the names of files, or of their folders", async () => {
  const columns = [bytes("img", [image("1")])];
  const files = {
    "default/train/0000.parquet": columns,
    "default/validation/0000.parquet": columns,
    "default/trainings.parquet": columns, // no split by this name
    "default/TEST-a.parquet": columns,
  };
  await withFiles(files, async (...paths) => {
    deepStrictEqual(await namesOf(...paths), [
      "test/TEST-a-0.png",
      "train/train-0000-0.png",
      "train/trainings-0.png",
      "validation/validation-0000-0.png",
    ]);
  });
});

Deno.test("parquet: columns are told by their features, else by their names", async () => {
  const data = [image("1"), image("2"), image("3")];
  const columns = [
    bytes("thumbnail", data),
    bytes("image", data.map(() => bytesOf("GIF8"))),
    { name: "text", data: ["a", "b", "c"] },
    { name: "kind", data: [0, 1, -1], type: "INT32" as const },
    { name: "label", data: [7, 8, 9], type: "INT32" as const },
  ];
  const features = {
    thumbnail: { _type: "Image" },
    kind: { _type: "ClassLabel", names: ["A", "B"] },
  };
  const typed = ["train/A/x-0.png", "train/B/x-1.png", "unlabeled/x-2.png"];
  const named = ["train/7/x-0.gif", "train/8/x-1.gif", "train/9/x-2.gif"];
  await withFiles(
    { "x.parquet": columns },
    async (path) => deepStrictEqual(await namesOf(path), typed),
    features,
  );
  for (const nonsense of [undefined, null, "x", { image: null, label: { _type: 1, names: [1] } }]) {
    const check = async (path: string) => deepStrictEqual(await namesOf(path), named);
    await withFiles({ "x.parquet": columns }, check, nonsense);
  }
});

Deno.test("parquet: what holds no images, or labels of no class, is a problem", async () => {
  const text = { name: "image", data: ["https://…"] },
    label = { name: "label", data: [5], type: "INT32" };
  const columns = /x\.parquet has no column of images, but image, label: the bytes of image files/;
  await withFiles(
    { "x.parquet": [text, label] as Columns },
    (path) => rejects(parquetTree([path]), saying(columns)),
  );
  const range = /x\.parquet: row 0 has the label 5, but there are 1 classes/;
  await withFiles(
    { "x.parquet": [bytes("image", [image("")]), label] as Columns },
    (path) => rejects(parquetTree([path]), saying(range)),
    { label: { _type: "ClassLabel", names: ["one"] } },
  );
});

Deno.test("parquet: a file that is cut short or damaged is a problem", async () => {
  const whole = await Deno.readFile(join(written, "data", `${shards[0]}.parquet`));
  const damaged =
    /x\.parquet (is no whole parquet file \(.*\)|ends before byte \d+): fetch it again/;
  const faults = [
    whole.subarray(0, 3000),
    whole.subarray(1),
    whole.subarray(0, 3),
    new Uint8Array(0),
  ];
  for (const fault of faults) {
    await inFolder(
      { "x.parquet": fault },
      (folder) => rejects(parquetTree([join(folder, "x.parquet")]), saying(damaged)),
    );
  }
  const scrambled = whole.slice();
  scrambled.fill(0xff, 4, 300); // the first images
  await inFolder(
    { "x.parquet": scrambled },
    (folder) => rejects(parquetTree([join(folder, "x.parquet")]), saying(damaged)),
  );
});

Deno.test("parquet: a page that would fill the memory is refused", async () => {
  const written = parquetWriteBuffer({
    columnData: [bytes("image", [new Uint8Array(80_000_000)])],
    codec: "ZSTD",
    compressors: { ZSTD: (page) => zstdCompressSync(page) },
    statistics: false,
  });
  const bomb =
    /x\.parquet is no whole parquet file \(a page of more than 100 times its \d+ bytes\)/;
  await inFolder(
    { "x.parquet": new Uint8Array(written) },
    (folder) => rejects(parquetTree([join(folder, "x.parquet")]), saying(bomb)),
  );
});

Deno.test("parquet: the row groups read last are kept, and no image keeps its group", async () => {
  const data = Array.from({ length: 6 }, (_, i) => image(String(i)));
  await withFiles({ "x.parquet": [bytes("image", data)] }, async (path) => { // groups of two rows
    const tree = await parquetTree([path]);
    const read = async (i: number) => new TextDecoder().decode((await tree.read(i)).subarray(4));
    deepStrictEqual(await Promise.all([0, 1, 2, 3].map(read)), ["0", "1", "2", "3"]);
    await Deno.truncate(path, 0);
    deepStrictEqual([await read(3), await read(0)], ["3", "0"]);
    await rejects(read(4), saying(/x\.parquet ends before byte/));
    const content = await tree.read(0);
    strictEqual(content.buffer.byteLength, content.length);
    tree.close();
  });
});

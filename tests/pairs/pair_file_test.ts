import { deepStrictEqual, ok, rejects, strictEqual } from "node:assert/strict";
import { dirname, join } from "@std/path";
import { parquetMetadata, parquetReadObjects } from "hyparquet";
import { parquetWriteBuffer } from "hyparquet-writer";
import { checkout } from "../../lib/base/files.ts";
import { prng } from "../../lib/base/prng.ts";
import { hybrid } from "../../lib/pairs/hybrid.ts";
import { match } from "../../lib/pairs/match.ts";
import { noisy } from "../../lib/pairs/noisy.ts";
import { isPairFile, METADATA, readPairs, writePairs } from "../../lib/pairs/pair_file.ts";
import { type PairList, pairListHash } from "../../lib/pairs/pair_list.ts";
import { withFiles } from "./folder.ts";
import { named, toyDataset } from "./toy_dataset.ts";

const data = named(toyDataset([30, 40]));
const { augmented, semantic } = match(data, { seed: 1, rounds: 20 }); // 1400 pairs: two row groups

Deno.test("writePairs, readPairs: every kind of list comes back, bit by bit", async () => {
  const lists: PairList[] = [
    ...[augmented, semantic],
    hybrid(data, { seed: 2, share: 0.3 }).hybrid,
    noisy(data, { seed: 2, rate: 0.3, pairsPerClass: 30 }).noisy,
  ];
  await withFiles(async (write) => {
    const path = await write("list.parquet", "what was here before");
    for (const list of lists) {
      await writePairs(path, list, data);
      const read = await readPairs(path, data);
      strictEqual(pairListHash(read), pairListHash(list));
      deepStrictEqual(read, list);
      ok(await isPairFile(path));
    }
    const left = await Array.fromAsync(Deno.readDir(dirname(path)), ({ name }) => name);
    deepStrictEqual(left, ["list.parquet"]); // no part of an unfinished file
  });
});

Deno.test("writePairs: the columns that others read", async () => {
  await withFiles(async (write) => {
    const path = await write("list.parquet", "");
    const first = async () => {
      const file = (await Deno.readFile(path)).buffer;
      return [(await parquetReadObjects({ file, rowEnd: 1 }))[0], parquetMetadata(file)] as const;
    };
    const [anchor, partner] = [semantic.anchors[0], semantic.partners[0]];
    await writePairs(path, semantic, data);
    const [row, metadata] = await first();
    const ids = { anchor_id: data.id!(anchor), partner_id: data.id!(partner) };
    deepStrictEqual(row, { anchor, partner, ...ids });
    deepStrictEqual(metadata.schema.slice(1).map(({ type }) => type), [
      ...["INT32", "INT32", "BYTE_ARRAY", "BYTE_ARRAY"],
    ]);
    const { pairs: _, ...header } = JSON.parse(metadata.key_value_metadata![0].value!);
    deepStrictEqual(header, {
      ...{ version: 1, kind: "semantic", origin: "same class", perEpoch: 70 },
      ...{ dataset: "toys", content: data.hash },
    });
    await writePairs(path, semantic, { ...data, id: undefined });
    deepStrictEqual((await first())[0], { anchor, partner });
  });
});

Deno.test("a list is for the same images in any size, and for no others", async () => {
  const small = { ...data, hash: "32 px", contentHash: "birds" };
  const large = { ...data, hash: "64 px", contentHash: "birds" };
  await withFiles(async (write) => {
    const path = await write("list.parquet", "");
    const list = { ...semantic, dataset: "32 px" };
    await writePairs(path, list, small);
    deepStrictEqual(await readPairs(path, large), { ...semantic, dataset: "64 px" });
    await rejects(readPairs(path, { ...large, contentHash: "other birds" }), {
      name: "Problem",
      message: `${path} holds pairs of toys (birds…), not of what is toys here (other bi…): ` +
        "match its pairs anew",
    });
    await rejects(writePairs(path, list, large), /point into another data set/);
    deepStrictEqual((await readPairs(path, small)).anchors, semantic.anchors); // still there
  });
});

Deno.test("readPairs: a file that is cut or changed anywhere is refused or the same", async () => {
  await withFiles(async (write) => {
    const path = await write("list.parquet", ""), random = prng("damage");
    await writePairs(path, semantic, data);
    const whole = await Deno.readFile(path);
    for (let k = 0; k < 300; k++) {
      const bytes = k % 3 === 0 ? whole.slice(0, random.int(whole.length)) : whole.slice();
      if (k % 3 > 0) bytes[random.int(bytes.length)] ^= 1 << random.int(8);
      const damaged = await write("damaged.parquet", bytes);
      const read = await readPairs(damaged, data).catch((error) => error);
      if (read instanceof Error) strictEqual(read.name, "Problem", `${read.stack}`);
      else strictEqual(pairListHash(read), pairListHash(semantic)); // of no consequence, as a date
    }
  });
});

/** A file with these columns and header. */
function forged(header: unknown, anchors: number[], partners: number[]): Uint8Array {
  return new Uint8Array(parquetWriteBuffer({
    columnData: [
      { name: "anchor", data: anchors, type: "DOUBLE" },
      { name: "partner", data: partners, type: "DOUBLE" },
    ],
    kvMetadata: [{ key: METADATA, value: JSON.stringify(header) }],
  }));
}

Deno.test("readPairs: what is not a list of ours, or lies, is refused in one line", async () => {
  const header = {
    ...{ version: 1, kind: "semantic", origin: "same class", perEpoch: 2 },
    ...{ dataset: "toys", content: data.hash, pairs: "0" },
  };
  const files: [Uint8Array | string, RegExp][] = [
    ["anchor,partner\n", /is no list that pairs.writePairs wrote: .* pairs.curated/],
    ["", /is no list that pairs.writePairs wrote/],
    [forged(null, [0], [1]), /is no list that/],
    [forged({ ...header, kind: "constructor" }, [0], [1]), /is no list that/],
    [forged({ ...header, perEpoch: 0.5 }, [0], [1]), /is no list that/],
    [forged({ ...header, version: 2 }, [0], [1]), /has format 2, and 1 is read/],
    [forged({ ...header, content: "else" }, [0], [1]), /holds pairs of toys \(else…\)/],
    [forged(header, [0, 1], [1, 0]), /was damaged or changed since it was written/],
    [forged(header, [NaN, 1e300], [1, 0]), /was damaged or changed since it was written/],
  ];
  await withFiles(async (write) => {
    for (const [content, message] of files) {
      const path = await write("forged.parquet", content);
      await rejects(readPairs(path, data), { name: "Problem", message });
    }
    ok(!await isPairFile(await write("forged.parquet", forged(null, [0], [1]))));
  });
  const vector = join(checkout, "tests", "vectors", "curated_names.parquet");
  ok(!await isPairFile(vector));
  await rejects(readPairs(vector, data), /is no list that pairs.writePairs wrote/);
  await rejects(readPairs("no/such/file", data), { message: /^cannot read no\/such\/file/ });
});

Deno.test("a whole list that points outside, or is not what it claims, is refused", async () => {
  const longer = { ...data, ...named(toyDataset([30, 45])), hash: data.hash };
  await withFiles(async (write) => {
    const path = await write("list.parquet", "");
    await writePairs(path, match(longer, { seed: 1 }).semantic, longer);
    await rejects(readPairs(path, data), /pair \d+ of the semantic arm points outside of toys/);
    const list: PairList = { ...augmented, kind: "semantic" };
    await rejects(writePairs(path, list, data), /pair 0 .* is one image twice/);
  });
});

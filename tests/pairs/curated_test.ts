import { deepStrictEqual, ok, rejects, strictEqual } from "node:assert/strict";
import { join } from "@std/path";
import { checkout } from "../../lib/base/files.ts";
import { prng } from "../../lib/base/prng.ts";
import { curated, type CuratedFault } from "../../lib/pairs/curated.ts";
import { match } from "../../lib/pairs/match.ts";
import { writePairs } from "../../lib/pairs/pair_file.ts";
import { sameExposure, tally } from "./exposure.ts";
import { withFiles } from "./folder.ts";
import { named, toyDataset, toyOfSeveral } from "./toy_dataset.ts";

/** "class 0/0.jpg" … "class 0/4.jpg", "class 1/5.jpg" … "class 1/9.jpg" */
const birds = named(toyDataset([5, 5]));
const expected = { anchors: [0, 1, 5, 6, 3, 2], partners: [1, 0, 6, 5, 2, 3] };
const vector = (name: string) => join(checkout, "tests", "vectors", name);

/** What came of a file. */
async function read(path: string, data = birds, allow: CuratedFault[] = []) {
  const { augmented, semantic, report } = await curated(path, data, { allow });
  sameExposure(augmented, semantic);
  strictEqual(semantic.kind, "curated");
  strictEqual(semantic.origin, "curated file");
  return { anchors: [...semantic.anchors], partners: [...semantic.partners], report };
}

Deno.test("curated: CSV and JSON lines, however they are written, give the same pairs", async () => {
  const [a, b, c, d, e, f] = [0, 1, 5, 6, 3, 2].map((i) => birds.id!(i));
  const files: Record<string, string> = {
    "plain.csv": `${a},${b}\n${c},${d}\n${e},${f}\n`,
    "header.csv": `why,Partner,ANCHOR\nx,${b},${a}\n"a, ""b""",${d},${c}\n,${f},${e}`,
    "windows.csv": `\uFEFFanchor,partner\r\n"${a}", ${b} \r\n\r\n./${c},${
      d.replace("/", "\\")
    }\r\n${e.slice(0, -4)},${f}\r\n`,
    "tabs.tsv": `${a}\t${b}\tmore, or less\n${c}\t${d}\n${e}\t${f}\n`,
    "ids.txt": `anchor_id,anchor,partner,partner_id\n${a},7,8,${b}\n${c},7,8,${d}\n${e},7,8,${f}\n`,
    "objects.jsonl": [[a, b], [c, d], [e, f]]
      .map(([anchor, partner]) => JSON.stringify({ partner, anchor, why: 1 })).join("\n\n"),
    "arrays.txt": `["${a}","${b}"]\r\n["${c}","${d}"]\n["${e}","${f}"]`,
  };
  await withFiles(async (write) => {
    for (const [name, text] of Object.entries(files)) {
      const { report, ...pairs } = await read(await write(name, text));
      deepStrictEqual(pairs, expected, name);
      deepStrictEqual(report.notes, []);
    }
  });
});

Deno.test("curated: parquet as pandas and pyarrow write it, names or numbers", async () => {
  const plain = toyDataset([5, 5]);
  const { report: _, ...names } = await read(vector("curated_names.parquet"));
  deepStrictEqual(names, expected);
  const { report: __, ...numbers } = await read(vector("curated_numbers.parquet"), plain);
  deepStrictEqual(numbers, expected);
  await withFiles(async (write) => {
    const lines = await write("numbers.csv", "0,1\n5,6\n3,2\n");
    deepStrictEqual((await read(lines, plain)).partners, expected.partners);
    deepStrictEqual((await read(await write("n.jsonl", "[0,1]\n[5,6]\n[3,2]"), plain)).partners, [
      ...expected.partners,
    ]);
    await rejects(read(lines), /line 1: unknown image \("0"\)/); // an image may be called 0
    await rejects(read(await write("far.csv", "0,10\n-1,2\n1.0,2\n"), plain), {
      message: /line 1: unknown .*"10".*line 2: unknown .*"-1".*line 3: unknown .*"1.0"/,
    });
  });
});

const wrong = `anchor,partner
class 0/0.jpg,class 0/1.jpg
class 0/0.jpg,class 0/9.jpg
class 0/2.jpg,class 0/2.jpg
class 0/3.jpg,class 1/5.jpg
class 0/1.jpg,class 0/0.jpg
`;

Deno.test("curated: what is wrong is listed with its line and refused, unless allowed", async () => {
  await withFiles(async (write) => {
    const path = await write("wrong.csv", wrong);
    await rejects(read(path), {
      name: "Problem",
      message: `${path} has 4 faults: line 3: unknown image ("class 0/9.jpg"); ` +
        'line 4: same image ("class 0/2.jpg"); line 5: across classes (class 0, class 1); ' +
        "line 6: repeated (as in line 2). Correct the list, or let them pass by " +
        'allow: ["unknown image", "same image", "across classes", "repeated"]',
    });
    const all: CuratedFault[] = ["unknown image", "same image", "across classes", "repeated"];
    for (const kept of all) {
      const others = all.filter((fault) => fault !== kept);
      await rejects(
        read(path, birds, others),
        new RegExp(`has 1 fault: line \\d: ${kept}.*"${kept}"\\]`),
      );
    }
    const { anchors, partners, report } = await read(path, birds, all);
    deepStrictEqual(anchors, [0, 1, 2, 2, 3, 5, 1, 0]);
    deepStrictEqual(partners, [1, 0, 2, 2, 5, 3, 0, 1]);
    deepStrictEqual(report.notes, [
      { note: "unknown image, left out", count: 1 },
      { note: "same image, kept", count: 1 },
      { note: "across classes, kept", count: 1 },
      { note: "repeated, kept", count: 1 },
    ]);
    const { augmented, semantic, false: wrongClass } = report.kinds[1];
    deepStrictEqual([augmented, semantic, wrongClass], [2, 4, 2]);
  });
});

Deno.test("curated: of many faults the first ten are listed, and all are counted", async () => {
  await withFiles(async (write) => {
    const path = await write(
      "many.csv",
      Array.from({ length: 5000 }, (_, i) => `x${i},y`).join("\n"),
    );
    await rejects(read(path), (error: Error) => {
      ok(error.message.includes("has 5000 faults"));
      ok(error.message.includes('line 10: unknown image ("x9"); and 4990 more.'), error.message);
      return !error.message.includes("x10");
    });
  });
});

Deno.test("curated: no labels are needed; of several, one in common is enough", async () => {
  await withFiles(async (write) => {
    const path = await write("pairs.csv", "0,1\n1,5\n");
    const { report } = await read(path, { ...toyDataset([5, 5]), label: (i) => i === 0 ? 0 : -1 });
    strictEqual(report.kinds[1].unknown, 4);
    const several = toyOfSeveral([[0], [1, 0], [], [], [], [2, 1]]);
    strictEqual((await read(path, several)).report.kinds[1].semantic, 4);
    await rejects(read(await write("far.csv", "0,5"), several), /line 1: across classes/);
  });
});

Deno.test("curated: any list sees every image as often in either arm", async () => {
  await withFiles(async (write) => {
    for (let seed = 0; seed < 30; seed++) {
      const random = prng(seed);
      const rows = Array.from(
        { length: 1 + random.int(20) },
        () => [random.int(10), random.int(10)],
      );
      const path = await write("random.csv", rows.map((row) => row.join()).join("\n"));
      const allow: CuratedFault[] = ["same image", "across classes", "repeated"];
      const { anchors } = await read(path, toyDataset([5, 5]), allow); // checks the exposure
      deepStrictEqual(tally(anchors), tally(rows.flat()));
    }
  });
});

Deno.test("curated: an id that another one extends, two that differ in the extension", async () => {
  const ids = ["a.jpg", "a.png", "b.jpg", "b.jpg.png", "c"];
  const data = { ...toyDataset([5]), id: (i: number) => ids[i] };
  await withFiles(async (write) => {
    deepStrictEqual((await read(await write("1.csv", "a.png,b\nb.jpg,c"), data)).anchors, [
      1,
      2,
      2,
      4,
    ]);
    await rejects(read(await write("2.csv", "a,c"), data), /line 1: unknown image \("a"\)/);
    await rejects(read(await write("3.csv", "c.jpg,b"), data), /line 1: unknown image \("c.jpg"\)/);
  });
});

Deno.test("curated: what is no list of pairs is refused with its line", async () => {
  const table = await Deno.readFile(vector("curated_names.parquet"));
  const files: [string, string | Uint8Array, RegExp][] = [
    ["empty.csv", "", /empty.csv has no pairs of toys/],
    ["header.csv", "anchor,partner\n", /has no pairs of toys/],
    ["one.csv", "class 0/0.jpg\n", /one.csv, line 1: "class 0\/0.jpg" does not name two images/],
    ["hole.csv", "class 0/0.jpg,class 0/1.jpg\nclass 0/0.jpg,\n", /line 2: "class 0\/0.jpg," does/],
    ["later.csv", '\n"class 0/0.jpg",class 0/1.jpg,"two\nlines"\n\nx,\n', /line 5: "x," does not/],
    ["quote.csv", 'a,"b\nc,d\n', /quote.csv is no CSV: .*Quote Not Closed/i],
    ["bad.jsonl", '["a","b"]\n["a",\n', /bad.jsonl, line 2: give \{"anchor": …/],
    ["three.jsonl", '["a","b","c"]', /line 1: give/],
    ["null.jsonl", "null", /line 1: give/],
    ["nested.jsonl", '{"anchor":["a"],"partner":"b"}', /line 1: give/],
    ["cut.parquet", table.slice(0, 900), /cut.parquet is not a whole parquet file \(/],
    ["zero.parquet", new Uint8Array(), /has no pairs/],
  ];
  await withFiles(async (write) => {
    for (const [name, content, message] of files) {
      await rejects(read(await write(name, content)), { name: "Problem", message });
    }
  });
  await rejects(read("no/such/file.csv"), { name: "Problem", message: /^cannot read no\/such/ });
});

Deno.test("curated: a list that this library wrote is read for its own data alone", async () => {
  await withFiles(async (write) => {
    const plain = toyDataset([5, 5]), path = await write("list.parquet", "");
    await writePairs(path, match(plain, { seed: 1 }).semantic, plain);
    const other = { ...plain, hash: "other" };
    await rejects(read(path, other, ["repeated"]), /holds pairs of toys .* match its pairs anew/);
    strictEqual((await read(path, plain, ["repeated"])).anchors.length, 20);
  });
});

import { deepStrictEqual, match, ok, rejects, strictEqual, throws } from "node:assert/strict";
import { dirname } from "@std/path";
import type { Dataset } from "../../lib/datasets/dataset.ts";
import { readCandidates } from "../../lib/mining/candidate_file.ts";
import { match as matchPairs } from "../../lib/pairs/match.ts";
import { readPairs } from "../../lib/pairs/pair_file.ts";
import { pairs } from "../../lib/tasks/pairs.ts";
import { parseFlags } from "../../lib/tasks/pairs_flags.ts";
import { withFiles } from "../pairs/folder.ts";
import { named, toyDataset } from "../pairs/toy_dataset.ts";

const birds = named(toyDataset([10, 12, 1]));

/** Runs the task on the birds; what it printed, and which data it opened. */
async function run(...args: string[]) {
  const printed: unknown[] = [], opened: string[][] = [];
  const open = (name: string, split = ""): Promise<Dataset> => {
    opened.push([name, split]);
    return Promise.resolve(birds);
  };
  await pairs(args, open, (value) => Promise.resolve(void printed.push(value)));
  return { printed, opened };
}

Deno.test("pairs match writes a list for each arm, and check reads them", async () => {
  await withFiles(async (write) => {
    const out = dirname(await write("x", ""));
    const options = [
      "--classes",
      "class 0,class 1",
      "--pairs",
      "8",
      "--rounds",
      "3",
      "--seed",
      "5",
    ];
    const { printed, opened } = await run("match", "my/birds", ...options, "--out", out);
    deepStrictEqual(opened, [["my/birds", "train"]]);
    const paths = ["augmented", "semantic"].map((arm) => `${out}/birds.${arm}.parquet`);
    strictEqual(
      printed.at(-1),
      `augmented pairs written to ${paths[0]}\nsemantic pairs written to ${paths[1]}`,
    );
    const classes = ["class 0", "class 1"];
    const arms = matchPairs(birds, { classes, pairsPerClass: 8, rounds: 3, seed: 5 });
    deepStrictEqual(printed.slice(0, -1), [arms.report.summary, arms.report.kinds]);
    deepStrictEqual(await readPairs(paths[0], birds), arms.augmented);
    deepStrictEqual(await readPairs(paths[1], birds), arms.semantic);
    const checked = await run("check", paths[1], "birds", "--split", "val");
    deepStrictEqual(checked.opened, [["birds", "val"]]);
    strictEqual(checked.printed.at(-1), `${paths[1]}: 48 semantic pairs of toys, whole`);
  });
});

Deno.test("pairs match: hybrid and noisy arms, another split, classes left out and told", async () => {
  await withFiles(async (write) => {
    const out = dirname(await write("x", "")), common = ["--out", out, "--leave-out-small"];
    const hybrid = await run("match", "birds", "--split", "val", "--share", "0.5", ...common);
    ok(String(hybrid.printed.at(-1)).includes(`${out}/birds-val.hybrid.parquet`));
    deepStrictEqual(hybrid.printed.at(-2), [
      { note: "classes of fewer than 2 images, left out (class 2)", count: 1 },
    ]);
    const noisy = await run("match", "birds", "--images", "10", "--rate", "0.2", ...common);
    match(String(noisy.printed.at(-1)), /noisy pairs written to .*birds\.noisy\.parquet/);
    await rejects(run("match", "birds", "--out", out), /"class 2" of toys holds 1 image/);
  });
});

Deno.test("pairs check says what is wrong with a list that people made", async () => {
  await withFiles(async (write) => {
    const path = await write(
      "pairs.csv",
      "class 0/0.jpg,class 0/1.jpg\nclass 0/2.jpg,class 1/11\n",
    );
    await rejects(run("check", path, "birds"), {
      name: "Problem",
      message: /pairs\.csv has 1 fault: line 2: across classes \(class 0, class 1\)/,
    });
    const { printed } = await run("check", path, "birds", "--allow", "across classes");
    strictEqual(printed.at(-1), `${path}: 2 pairs of toys, each used in both directions`);
    deepStrictEqual(printed.at(-2), [{ note: "across classes, kept", count: 1 }]);
  });
});

Deno.test("pairs: flags, defaults, help, and what is refused", async () => {
  match(String((await run("--help")).printed[0]), /^deno task pairs match NAME\|FOLDER/);
  deepStrictEqual(parseFlags(["match", "x"]), {
    ...{ command: "match", name: "x", split: "train", out: "data/pairs" },
    options: {
      ...{ seed: 1, classes: undefined, imagesPerClass: undefined, pairsPerClass: undefined },
      ...{ smallClasses: "refuse", rounds: undefined, differ: undefined },
    },
    ...{ share: undefined, rate: undefined },
  });
  const flags = parseFlags(["match", "x", "--classes", "7", "--images", "all", "--differ", "a"]);
  ok(flags.command === "match");
  deepStrictEqual([flags.options.classes, flags.options.imagesPerClass], [7, "all"]);
  deepStrictEqual(flags.options.differ, ["a"]);
  const refused: [string[], RegExp][] = [
    [
      [],
      /^Problem: give match, mine or curate NAME\|FOLDER, or check FILE NAME\|FOLDER \(deno task/,
    ],
    [["match"], /give match/],
    [["check", "file"], /give match/],
    [["mine"], /give match/],
    [["dig", "x"], /give match/],
    [["match", "x", "--pairs", "many"], /--pairs many: give a number/],
    [["match", "x", "--seed", ""], /--seed : give a number/],
    [["match", "x", "--pairs", "1"], /pairsPerClass is 1: a semantic pair needs two/],
    [["match", "x", "--share", "1", "--rate", "1"], /--share and --rate: give one of them/],
    [["check", "f", "x", "--allow", "anything"], /--allow anything: give one of unknown image, /],
    [["match", "x", "--fast"], /Unknown option '--fast' \(deno task pairs --help/],
  ];
  for (const [args, message] of refused) await rejects(run(...args), message);
});

Deno.test("pairs mine: candidates, a matched arm, and how many are right by the labels", () =>
  withFiles(async (write) => {
    const out = dirname(await write("x", ""));
    const model = new URL("../vectors/mining.onnx", import.meta.url).pathname;
    const args = ["mine", "birds", "--by", model, "--size", "8", "--k", "3", "--out", out];
    const pixels = (i: number) => Uint8Array.from({ length: 3 * 64 }, (_, at) => (at * i) % 251);
    const seen = { ...birds, image: (i: number) => ({ data: pixels(i), height: 8, width: 8 }) };
    const printed: unknown[] = [], sizes: (number | undefined)[] = [];
    await pairs(args, (_name, _split, size) => {
      sizes.push(size);
      return Promise.resolve(seen);
    }, (value) => Promise.resolve(void printed.push(value)));
    deepStrictEqual(sizes, [8]);
    const { candidates, mined } = await readCandidates(`${out}/birds.candidates.parquet`, seen);
    ok(candidates.a.length > 0 && mined.includes("(mutual, k = 3)"), mined);
    const list = await readPairs(`${out}/birds.mined.parquet`, seen);
    strictEqual(list.kind, "mined");
    match(String(printed.at(-1)), /by their labels [\d.]+ % of \d+ candidates are of one class/);
    const other = { ...seen, hash: "other images" };
    await rejects(readCandidates(`${out}/birds.candidates.parquet`, other), {
      message: /mine anew/,
    });
    await rejects(readCandidates(`${out}/birds.mined.parquet`, seen), { message: /no candidates/ });
  }));

Deno.test("pairs mine, pairs curate: wrong flags are named", () => {
  const of = (...args: string[]) => () => parseFlags(args);
  throws(of("mine", "birds", "--rule", "best"), {
    message: /--rule best: give one of mutual, thr/,
  });
  const vgg = of("mine", "birds", "--by", "f", "--network", "vgg");
  throws(vgg, { message: /--network vgg: give resnet18 or/ });
  throws(of("mine", "birds", "--clusters", "5"), {
    message: /--clusters goes with --rule cluster/,
  });
  throws(of("mine", "birds", "--steps", "0"), {
    message: /--steps 0: give a whole number above 0/,
  });
  throws(of("curate", "birds", "--port", "99999"), { message: /--port 99999/ });
  deepStrictEqual(parseFlags(["curate", "birds"]), {
    ...{
      command: "curate",
      name: "birds",
      split: undefined,
      out: "data/pairs",
      candidates: undefined,
    },
    ...{ port: 0, seed: 1 },
  });
});

Deno.test("pairs curate: without candidates it says who finds some", () =>
  withFiles(async (write) => {
    const out = dirname(await write("x", ""));
    await rejects(run("curate", "birds", "--out", out), {
      message:
        /birds\.candidates\.parquet: there are no candidates yet; deno task pairs mine birds/,
    });
  }));

import { deepStrictEqual, match, ok, rejects, strictEqual } from "node:assert/strict";
import { dirname } from "@std/path";
import type { Dataset } from "../../lib/datasets/dataset.ts";
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
  const open = (...what: [name: string, split: string]): Promise<Dataset> => {
    opened.push(what);
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
    [[], /^Problem: give match NAME\|FOLDER or check FILE NAME\|FOLDER \(deno task pairs --help/],
    [["match"], /give match/],
    [["check", "file"], /give match/],
    [["mine", "x"], /give match/],
    [["match", "x", "--pairs", "many"], /--pairs many: give a number/],
    [["match", "x", "--seed", ""], /--seed : give a number/],
    [["match", "x", "--pairs", "1"], /pairsPerClass is 1: a semantic pair needs two/],
    [["match", "x", "--share", "1", "--rate", "1"], /--share and --rate: give one of them/],
    [["check", "f", "x", "--allow", "anything"], /--allow anything: give one of unknown image, /],
    [["match", "x", "--fast"], /Unknown option '--fast' \(deno task pairs --help/],
  ];
  for (const [args, message] of refused) await rejects(run(...args), message);
});

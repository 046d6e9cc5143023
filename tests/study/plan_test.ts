import { deepStrictEqual, ok, rejects, strictEqual } from "node:assert/strict";
import { join } from "@std/path";
import { perMethodGains } from "../../lib/study/design.ts";
import { inputsOf } from "../../lib/study/material.ts";
import { extentFor, items, questionsOf } from "../../lib/study/plan.ts";
import { save } from "../../lib/study/store.ts";
import { inFolder } from "../in_folder.ts";
import { inventedRuns } from "./runs.ts";

const smoke = perMethodGains("smoke");
const cells = smoke.cells.filter(({ method }) => ["random", "simclr"].includes(method.name));

Deno.test("extent: as one says; all where all is stored, else few", () =>
  inFolder(async (folder) => {
    const ask = () => ({ ...smoke, cells, folder });
    deepStrictEqual(await extentFor(ask, "few"), { methods: "few" });
    deepStrictEqual(await extentFor(ask, "all"), { methods: "all" });
    const runs = inventedRuns({ ...smoke, cells }, () => 0.5);
    for (const [i, run] of runs.entries()) {
      deepStrictEqual(await extentFor(ask, "stored"), { methods: "few" }, `${i} runs are stored`);
      await save(join(folder, "runs"), { ...run, inputs: await inputsOf(cells[i]) });
    }
    deepStrictEqual(await extentFor(ask, "stored"), { methods: "all" });
    await rejects(extentFor(ask, "most"), {
      message: 'methods is "most": give few, all or stored',
    });
  }));

Deno.test("questions: every method is asked of all methods only; what two share is needed once", async () => {
  const further = questionsOf({ methods: "all" }).filter((name) => !questionsOf({}).includes(name));
  deepStrictEqual(further, ["02, every method"]);
  const found = await items("smoke", {}, { only: ["02, per-method gains", "08, mined pairs"] });
  const arms = new Set(
    found.filter(({ question }) => question.startsWith("08")).map(({ cell }) => cell.arm),
  );
  deepStrictEqual(arms, new Set(["mined 5", "bootstrapped 5"]));
  strictEqual(new Set(found.map(({ cell }) => JSON.stringify(cell))).size, found.length);
  ok(found.every(({ task }) => task === undefined));
});

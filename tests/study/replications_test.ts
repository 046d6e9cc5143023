import { deepStrictEqual, match, ok, strictEqual } from "node:assert/strict";
import type { Claim } from "../../lib/study/claims.ts";
import { storedClaims } from "../../lib/study/overview.ts";
import {
  changedVerdicts,
  replicated,
  replications,
  replicationText,
} from "../../lib/study/replications.ts";
import type { Verdict } from "../../lib/study/stats.ts";
import { inFolder } from "../in_folder.ts";

const test = (method: string, effect: number, verdict: Verdict): Claim => ({
  ...{ claim: "c", method, evaluation: "e", baselineLearned: null },
  ...{ effect, low: effect - 1, high: effect + 1, n: 3, pHolm: 0.01, verdict },
});
const then = {
  machine: "another",
  commit: "abc",
  claims: {
    desk: {
      same: [test("a", 2, "supported"), test("b", -3, "contradicted"), test("c", 1, "not shown")],
      fewer: [test("a", 2, "supported"), test("b", 2, "supported")],
      gone: [test("a", 2, "supported")],
    },
  },
};
const now = {
  desk: {
    same: [test("c", -1, "not shown"), test("b", 2, "supported"), test("a", 3, "supported")],
    fewer: [test("a", 1, "not shown")],
    later: [test("a", 1, "supported")],
  },
  photos: { same: [test("a", 1, "supported")] },
};

Deno.test("a replication: tests are matched by name, verdicts of the same families compared", () => {
  const rows = replicated(then, now);
  deepStrictEqual(
    rows.map(({ figure, method, sameFamily }) => [figure, method, sameFamily]),
    [["same", "c", true], ["same", "b", true], ["same", "a", true], ["fewer", "a", false]],
  );
  const text = replicationText(then, rows);
  match(text, /another \(commit abc\), 2 of 4 effects had the sign/);
  match(text, /Of 3 tests .* 2 have the same verdict; 1 turned/);
  deepStrictEqual(changedVerdicts(rows), [{
    ...{ claim: "c", method: "b", evaluation: "e" },
    ...{ "then, points": "-3.0 [-4.0, -2.0]", "then, verdict": "contradicted" },
    ...{ "now, points": "2.0 [1.0, 3.0]", "now, verdict": "supported" },
  }]);
});

Deno.test("replications: none without a folder; the desk's is of tests that there are now", () =>
  inFolder(async (folder) => {
    deepStrictEqual(await replications(`${folder}/none`), []);
    const [epyc] = await replications();
    match(epyc.machine, /EPYC/);
    const rows = replicated(epyc, await storedClaims());
    ok(rows.length > 20);
    strictEqual(new Set(rows.map(({ figure }) => figure)).has("detection"), true);
  }));

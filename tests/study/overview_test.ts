import { deepStrictEqual, ok, rejects, strictEqual } from "node:assert/strict";
import { join } from "@std/path";
import type { Claim } from "../../lib/study/claims.ts";
import {
  claimsOfThePaper,
  overview,
  overviewText,
  storedClaims,
  summarize,
  testsOf,
} from "../../lib/study/overview.ts";
import type { Verdict } from "../../lib/study/stats.ts";

const test = (claim: string, verdict: Verdict): Claim => ({
  ...{ claim, method: "SimCLR", evaluation: "held-out scenes", baselineLearned: true },
  ...{ effect: 2, low: 1, high: 3, n: 3, pHolm: 0.01, verdict },
});

Deno.test("a claim is supported by more than half of its tests, if none contradicts it", () => {
  const of = (...verdicts: Verdict[]) => summarize(verdicts);
  strictEqual(of(), "not tested yet");
  strictEqual(of("not shown", "not shown"), "not shown");
  strictEqual(of("supported", "supported", "not shown"), "supported");
  strictEqual(of("supported", "not shown"), "partly supported");
  strictEqual(of("supported", "supported", "contradicted"), "mixed");
  strictEqual(of("contradicted", "contradicted", "not shown"), "contradicted");
  strictEqual(of("contradicted", "not shown"), "partly contradicted");
});

Deno.test("every claim of the paper has a row at every profile, tested or not", () => {
  const beats = "semantic pairs beat augmented pairs";
  const stored = {
    desk: {
      "per-method gains": [
        test(beats, "supported"),
        test(beats, "not shown"),
        test(beats, "supported"),
        test("contrastive methods gain most", "not shown"),
      ],
      "another figure": [test(beats, "contradicted")],
    },
    photos: {},
  };
  const rows = overview(stored);
  strictEqual(rows.length, 2 * claimsOfThePaper.length);
  strictEqual(testsOf(stored).length, 4);
  const [first, photos] = rows;
  deepStrictEqual([first.profile, first.summary, first.supported, first.notShown, first.tests], [
    ...["desk", "supported", 2, 1, 3],
  ]);
  deepStrictEqual([photos.profile, photos.summary], ["photos", "not tested yet"]);
  const text = overviewText(rows);
  ok(
    text.includes(
      "desk: **supported**, 2 of 3 tests supported, effects from +2.0 to +2.0 points " +
        "([02](02-per-method-gains.ipynb))",
    ),
  );
  deepStrictEqual([first.least, first.most, photos.most], [2, 2, null]);
  strictEqual(text.split("\n").length, claimsOfThePaper.length);
  ok(/Nothing is stored yet/.test(overviewText([])));
});

Deno.test("stored claims: none where nothing is stored, and a damaged file is named", async () => {
  const folder = await Deno.makeTempDir();
  try {
    deepStrictEqual(await storedClaims(folder), {});
    await Deno.writeTextFile(join(folder, "claims.json"), '{"desk":');
    await rejects(storedClaims(folder), /claims\.json is damaged .*reproduce again/);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

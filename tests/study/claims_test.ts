import { deepStrictEqual, ok, strictEqual, throws } from "node:assert/strict";
import { claims, withClaims } from "../../lib/study/claims.ts";
import { type Design, perMethodGains } from "../../lib/study/design.ts";
import { gains } from "../../lib/study/gains.ts";
import { findings } from "../../lib/study/report.ts";
import { accuracies, losses } from "../../lib/study/rows.ts";
import { inventedRuns } from "./runs.ts";

/** SimCLR gains 8 points give or take, Barlow Twins loses 6; each seed has a level of its own. */
const desk = perMethodGains("desk");
const cells = desk.cells.filter(({ method, seed }) =>
  seed <= 3 && ["random", "simclr", "barlow_twins"].includes(method.name)
);
const design: Design = { ...desk, cells };
const runs = inventedRuns(design, ({ method, arm, seed }) => {
  const effect = method.name === "simclr" ? 0.08 : -0.06;
  return 0.2 + 0.05 * seed + (arm === "semantic" ? effect + 0.0005 * seed : 0);
});
const rows = accuracies(runs);

Deno.test("gains are paired by seed, so that a seed's level drops out", () => {
  const found = gains(rows);
  strictEqual(found.length, 2 * 4 * 2); // methods x evaluations x probes; untrained is left out
  const [gain] = found.filter(({ method, probe }) => method === "SimCLR" && probe === "linear");
  ok(Math.abs(gain.mean - 8.1) < 1e-9);
  ok(Math.abs(gain.semantic - gain.augmented - gain.mean) < 1e-9);
  ok(gain.low > 7.9 && gain.high < 8.3); // although accuracies differ by 10 points over the seeds
  deepStrictEqual(gain.seeds, [1, 2, 3]);
  const shuffled = gains(rows.toReversed()).find(({ method, evaluation, probe }) =>
    method === gain.method && evaluation === gain.evaluation && probe === gain.probe
  );
  deepStrictEqual(shuffled!.differences, gain.differences);
});

Deno.test("gains: a run without its partner, or there twice, is named", () => {
  const lonely = rows.filter(({ method, arm, seed }) =>
    !(method === "SimCLR" && arm === "semantic" && seed === 2)
  );
  throws(() => gains(lonely), { message: /SimCLR.*0 semantic runs of seed 2/ });
  throws(() => gains([...rows, ...rows]), { message: /2 augmented runs of seed 1/ });
});

Deno.test("gains: where seeds draw their test images anew of one pool, intervals are wider", () => {
  const drawn = (testSet: (seed: number) => string) =>
    gains(rows.map((row) => ({ ...row, testShare: 0.2, testSet: testSet(row.seed) })))[0];
  const same = drawn(() => "the set's own"), anew = drawn((seed) => `of seed ${seed}`);
  deepStrictEqual([same.mean, same.low, same.testToTrain], [anew.mean, gains(rows)[0].low, 0]);
  strictEqual(anew.testToTrain, 0.25); // a fifth tested, four fifths trained on
  const wider = (anew.high - anew.low) / (same.high - same.low);
  ok(Math.abs(wider - Math.sqrt(1 + 3 * 0.25)) < 1e-9, `${wider}`);
});

Deno.test("claims: the linear probe on unseen data is judged, as one family", () => {
  const judged = claims(gains(rows), design);
  strictEqual(judged.length, 2 * 3 + 3); // each method, and who gains most, in three evaluations
  const verdicts = (claim: string, method: string | null) =>
    judged.filter((row) => row.claim === claim && row.method === method).map((row) => row.verdict);
  deepStrictEqual(
    verdicts("semantic pairs beat augmented pairs", "SimCLR"),
    Array(3).fill("supported"),
  );
  deepStrictEqual(
    verdicts("semantic pairs beat augmented pairs", "Barlow Twins"),
    Array(3).fill("contradicted"),
  );
  const [most] = judged.filter(({ claim }) => claim === "contrastive methods gain most");
  ok(Math.abs(most.effect - 14) < 1e-9, `${most.effect}`);
});

Deno.test("claims and findings say where the augmented arm is not above the untrained backbone", () => {
  const raised = rows.map((row) => row.arm === "untrained" ? { ...row, accuracy: 99 } : row);
  const learned = (of: typeof rows) =>
    claims(gains(of), design).filter(({ method }) => method === "SimCLR")
      .map(({ baselineLearned }) => baselineLearned);
  const lowered = rows.map((row) => row.arm === "untrained" ? { ...row, accuracy: 1 } : row);
  deepStrictEqual(learned(lowered), [true, true, true]);
  deepStrictEqual(learned(raised), [false, false, false]);
  deepStrictEqual(learned(rows.filter(({ arm }) => arm !== "untrained")), [null, null, null]);
  const text = (of: typeof rows) => findings(design, claims(gains(of), design));
  strictEqual(text(raised).split("not above the untrained backbone").length - 1, 2 * 3);
  ok(!text(lowered).includes("untrained"));
});

Deno.test("claims: the bounds are not judged, and take no part in who gains most", () => {
  const bound = rows.filter(({ method }) => method === "SimCLR").map((row) => (
    { ...row, method: "SupCon", family: "bound" as const, accuracy: 50 }
  ));
  const judged = (of: typeof rows) => claims(gains(of), design);
  deepStrictEqual(judged([...rows, ...bound]), judged(rows));
});

Deno.test("claims of one family of methods leave out who gains most", () => {
  const simclr = rows.filter(({ method }) => method === "SimCLR");
  deepStrictEqual(new Set(claims(gains(simclr), design).map(({ claim }) => claim)).size, 1);
});

Deno.test("findings quote the claims, and a smoke run finds nothing", () => {
  const judged = claims(gains(rows), design);
  const text = findings(design, judged);
  ok(/\*\*supported\*\*: .*SimCLR, held-out scenes: \+8\.1 points, .*n = 3/.test(text), text);
  ok(/\*\*contradicted\*\*: .*Barlow Twins.*−5\.9 points/.test(text), text);
  const inconclusive = { ...design, profile: "smoke", conclusive: false };
  const smoke = findings(inconclusive, claims(gains(rows), inconclusive));
  ok(/smoke profile shows nothing/.test(smoke) && !/supported|contradicted/.test(smoke), smoke);
});

Deno.test("withClaims keeps other profiles and figures", () => {
  const stored = { photos: { other: [1] }, desk: { other: [2], "per-method gains": [3] } };
  const text = withClaims(stored, { profile: "desk", figure: "per-method gains" }, []);
  deepStrictEqual(JSON.parse(text), {
    photos: { other: [1] },
    desk: { other: [2], "per-method gains": [] },
  });
  const single = claims(gains(rows.filter(({ seed }) => seed === 1)), design);
  const unbounded = JSON.parse(withClaims({}, { profile: "p", figure: "f" }, single)).p.f[0];
  deepStrictEqual([unbounded.low, unbounded.verdict, unbounded.pHolm], [null, "not shown", 1]);
});

Deno.test("losses have a row an epoch of each trained run", () => {
  const found = losses(runs);
  strictEqual(found.length, 12 * 2);
  deepStrictEqual(found[0], {
    method: "SimCLR",
    arm: "augmented",
    seed: 1,
    epoch: 1,
    loss: 5,
  });
});

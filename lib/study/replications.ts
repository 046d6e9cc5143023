/**
 * What came out when a profile was computed another time: the same data, seeds and settings on another
 * processor, whose arithmetic rounds otherwise. Training enlarges that until runs differ as if by
 * another seed.
 */
import { join } from "@std/path";
import { checkout, exists } from "../base/files.ts";
import type { Claim } from "./claims.ts";
import type { StoredClaims } from "./overview.ts";

/** The claims of another time, and on what they were computed. */
export interface Replication {
  machine: string;
  /** Of this repository, with the runs. */
  commit: string;
  claims: StoredClaims;
}

/** A test that both times have; effects and intervals in percentage points, uncorrected. */
export interface Replicated extends Pick<Claim, "claim" | "method" | "evaluation"> {
  profile: string;
  figure: string;
  then: Claim;
  now: Claim;
  /** Whether it was corrected for the same tests both times, so that verdicts compare. */
  sameFamily: boolean;
}

/** The replications that are stored in `results/replications`, by their names. */
export async function replications(
  folder = join(checkout, "results", "replications"),
): Promise<Replication[]> {
  if (!await exists(folder)) return [];
  const names = await Array.fromAsync(Deno.readDir(folder), ({ name }) => name);
  return await Promise.all(
    names.filter((name) => name.endsWith(".json")).sort()
      .map(async (name) => JSON.parse(await Deno.readTextFile(join(folder, name)))),
  );
}

/** The tests that a replication shares with what is stored now, in the order of the latter. */
export function replicated({ claims: earlier }: Replication, stored: StoredClaims): Replicated[] {
  return Object.entries(stored).flatMap(([profile, figures]) =>
    Object.entries(figures).flatMap(([figure, tests]) => {
      const others = new Map(
        (earlier[profile]?.[figure] ?? []).map((test) => [nameOf(test), test]),
      );
      const names = new Set(tests.map(nameOf));
      const sameFamily = names.symmetricDifference(new Set(others.keys())).size === 0;
      return tests.filter((test) => others.has(nameOf(test))).map((now): Replicated => {
        const { claim, method, evaluation } = now, then = others.get(nameOf(now))!;
        return { profile, figure, claim, method, evaluation, then, now, sameFamily };
      });
    })
  );
}

const nameOf = ({ claim, method, evaluation }: Claim) =>
  JSON.stringify([claim, method, evaluation]);

/** Markdown: how many effects have kept their sign, and verdicts stayed what they were. */
export function replicationText(
  { machine, commit }: Replication,
  rows: readonly Replicated[],
): string {
  const judged = rows.filter(({ sameFamily }) => sameFamily);
  const same = judged.filter(({ then, now }) => then.verdict === now.verdict);
  const turned = judged.filter(({ then, now }) =>
    [then.verdict, now.verdict].sort().join() === "contradicted,supported"
  );
  const signs = rows.filter(({ then, now }) => Math.sign(then.effect) === Math.sign(now.effect));
  return `On ${machine} (commit ${commit}), ${signs.length} of ${rows.length} effects had the sign that ` +
    `they have now. Of ${judged.length} tests that were corrected for the same others, ${same.length} ` +
    `have the same verdict; ${turned.length} turned from supported to contradicted or back.`;
}

/** A row a test whose verdict is another one now. */
export function changedVerdicts(
  rows: readonly Replicated[],
): Record<string, string | number | null>[] {
  const inPoints = ({ effect, low, high }: Claim) =>
    `${effect.toFixed(1)} [${low?.toFixed(1) ?? "−∞"}, ${high?.toFixed(1) ?? "∞"}]`; // JSON has no ∞
  return rows.filter(({ sameFamily, then, now }) => sameFamily && then.verdict !== now.verdict)
    .map(({ claim, method, evaluation, then, now }) => ({
      ...{ claim, method, evaluation },
      ...{ "then, points": inPoints(then), "then, verdict": then.verdict },
      ...{ "now, points": inPoints(now), "now, verdict": now.verdict },
    }));
}

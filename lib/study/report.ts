/** What a study says, in words: every number is read from the claims. */
import type { Claim } from "./claims.ts";
import type { Design } from "./design.ts";

/** What stands in place of findings where a profile is too small for any. */
const nothing = (profile: string) =>
  `**The ${profile} profile shows nothing**: it is as small as can be and only proves that ` +
  "everything runs. The numbers are noise.";

/** A line beneath a figure's title: profile, seeds, how to read it. */
export function caption(
  { profile, conclusive, cells }: Design,
  marks = "points are seeds, bars the 95 % interval of their mean",
): string {
  if (!conclusive) return `${profile} profile: shows nothing but that everything runs`;
  const n = new Set(cells.map(({ seed }) => seed)).size;
  return `${profile} profile, ${n} paired seeds: ${marks}`;
}

/** Markdown with one line a claim: verdict, effect, interval, n. */
export function findings({ profile, conclusive }: Design, claims: readonly Claim[]): string {
  const lines = claims.map(
    ({ claim, method, evaluation, effect, baselineLearned, low, high, n, pHolm, verdict }) => {
      const subject = [claim, method, evaluation].filter(Boolean).join(", ");
      const interval = Number.isFinite(low) ? `[${signed(low)}, ${signed(high)}]` : "unbounded";
      const effects = `${signed(effect)} points, 95 % interval (uncorrected) ${interval}`;
      return `- **${verdict}**: ${subject}: ${effects}, n = ${n}, ` +
        `p (Holm) = ${Number(pHolm.toPrecision(2))}` +
        (baselineLearned === false
          ? "; the augmented arm is not above the untrained backbone"
          : "");
    },
  );
  return [...(conclusive ? [] : [nothing(profile), ""]), ...lines].join("\n");
}

/** `4.25` → `+4.3`, `0.043` → `+0.04`, with a true minus sign. */
export function signed(value: number): string {
  const size = Math.abs(value);
  return `${value < 0 ? "−" : "+"}${size.toFixed(size < 0.995 ? 2 : 1)}`;
}

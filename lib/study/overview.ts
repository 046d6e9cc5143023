/** The paper's claims, and what the study says of each: read from `results/claims.json`. */
import { join } from "@std/path";
import { checkout, exists } from "../base/files.ts";
import { messageOf, Problem } from "../base/problem.ts";
import type { Claim } from "./claims.ts";
import { signed } from "./report.ts";
import type { Verdict } from "./stats.ts";

/** A claim, and the tests of the study that it hangs on. */
interface Question {
  claim: string;
  /** The notebook that puts it to the test. */
  notebook: string;
  /** Of `results/claims.json`: in which figure, and as what, it is judged. */
  figure: string;
  judgedAs: string;
  /** What a reader should know of it: that it came late, or has its runs from another question. */
  note?: string;
}

const late = "asked after first results were known";

/** What the paper claims, then what this study asks beside it. */
export const claimsOfThePaper: readonly Question[] = [
  {
    claim: "Semantic pairs beat augmented pairs",
    notebook: "02-per-method-gains",
    figure: "per-method gains",
    judgedAs: "semantic pairs beat augmented pairs",
  },
  {
    claim: "Contrastive methods gain most",
    notebook: "02-per-method-gains",
    figure: "per-method gains",
    judgedAs: "contrastive methods gain most",
  },
  {
    claim: "Semantic pairs beat augmented pairs, every method",
    notebook: "02-per-method-gains",
    figure: "every method",
    judgedAs: "semantic pairs beat augmented pairs",
  },
  {
    claim: "Contrastive methods gain most, every method",
    notebook: "02-per-method-gains",
    figure: "every method",
    judgedAs: "contrastive methods gain most",
  },
  {
    claim: "Semantic pairs transfer better",
    notebook: "03-transfer",
    figure: "transfer",
    judgedAs: "semantic pairs transfer better",
    note: "its linear tests are those of 02, by another probe",
  },
  {
    claim: "Semantic pairs detect better",
    notebook: "04-detection",
    figure: "detection",
    judgedAs: "semantic pairs detect better",
  },
  {
    claim: "Semantic pairs depend less on nuisance",
    notebook: "05-invariances",
    figure: "invariances",
    judgedAs: "semantic pairs depend less on nuisance",
  },
  {
    claim: "Semantic pairs are invariant beyond the pipeline",
    notebook: "05-invariances",
    figure: "invariances beyond the pipeline",
    judgedAs: "semantic pairs are more invariant to what no view varies",
    note: late,
  },
  {
    claim: "Semantic pairs lose less when views get weaker",
    notebook: "06-augmentation-ablation",
    figure: "augmentation ablation",
    judgedAs: "semantic pairs lose less when views get weaker",
  },
  {
    claim: "False pairs lower the gain",
    notebook: "07-hybrid-and-false-pairs",
    figure: "false pairs",
    judgedAs: "false pairs lower the gain",
  },
  {
    claim: "Hybrids of both kinds beat either",
    notebook: "07-hybrid-and-false-pairs",
    figure: "hybrids",
    judgedAs: "hybrids beat both arms",
  },
  {
    claim: "Pairs mined without labels beat augmented pairs",
    notebook: "08-mining",
    figure: "mined pairs",
    judgedAs: "mined pairs beat augmented pairs",
  },
  {
    claim: "The gain grows with training",
    notebook: "10-when-they-pay",
    figure: "when semantic pairs pay",
    judgedAs: "semantic pairs gain more with longer training",
  },
  {
    claim: "The gain grows with images a class",
    notebook: "10-when-they-pay",
    figure: "when semantic pairs pay",
    judgedAs: "semantic pairs gain more with more images a class",
  },
  {
    claim: "The gain is larger under weaker views",
    notebook: "10-when-they-pay",
    figure: "when semantic pairs pay",
    judgedAs: "semantic pairs gain more under weaker views",
    note: `${late}, and the difference of 06 on the same runs, by another probe`,
  },
];

/** What all tests of a claim say together. */
export type Summary =
  | Verdict
  | "partly supported"
  | "partly contradicted"
  | "mixed"
  | "not tested yet";

/** A claim at a profile. */
export interface Overview {
  claim: string;
  profile: string;
  summary: Summary;
  tests: number;
  supported: number;
  notShown: number;
  contradicted: number;
  /** The smallest and the largest effect, in percentage points; above zero the claim is right. */
  least: number | null;
  most: number | null;
  /** Tests whose augmented arm is not above the untrained backbone. */
  unlearned: number;
  notebook: string;
  note: string | null;
}

/**
 * The rule: supported where more than half of the claim's tests are and none is contradicted, partly
 * where fewer are; contradicted where it is the other way round; mixed where some tests are either;
 * not shown where none is. A test's own verdict is corrected for all tests of its figure.
 */
export function summarize(verdicts: readonly Verdict[]): Summary {
  if (verdicts.length === 0) return "not tested yet";
  const count = (verdict: Verdict) => verdicts.filter((each) => each === verdict).length;
  const [supported, contradicted] = [count("supported"), count("contradicted")];
  if (supported + contradicted === 0) return "not shown";
  if (supported > 0 && contradicted > 0) return "mixed";
  const most = Math.max(supported, contradicted) > verdicts.length / 2;
  if (supported > 0) return most ? "supported" : "partly supported";
  return most ? "contradicted" : "partly contradicted";
}

/** Every claim's tests by profile and figure, as `results/claims.json` has them. */
export type StoredClaims = Record<string, Record<string, Claim[]>>;

/**
 * The stored claims of all profiles; none where nothing is stored.
 *
 * @throws {Problem} for a damaged file
 */
export async function storedClaims(results = join(checkout, "results")): Promise<StoredClaims> {
  const path = join(results, "claims.json");
  if (!await exists(path)) return {};
  try {
    return JSON.parse(await Deno.readTextFile(path));
  } catch (error) {
    throw new Problem(`${path} is damaged (${messageOf(error)}): remove it, reproduce again`);
  }
}

/** One test of a claim. */
export type Test = Claim & { paper: string; profile: string };

/** The tests of the paper's claims, in the order of the claims. */
export function testsOf(stored: StoredClaims): Test[] {
  return claimsOfThePaper.flatMap(({ claim, figure, judgedAs }) =>
    Object.entries(stored).flatMap(([profile, figures]) =>
      (figures[figure] ?? []).filter((test) => test.claim === judgedAs)
        .map((test) => ({ ...test, paper: claim, profile }))
    )
  );
}

/** Stored claims that no question of the overview is about: figure and claim, each once. */
export function unasked(stored: StoredClaims): string[] {
  const asked = new Set(claimsOfThePaper.map(({ figure, judgedAs }) => `${figure}: ${judgedAs}`));
  const found = Object.values(stored).flatMap((figures) =>
    Object.entries(figures).flatMap(([figure, tests]) =>
      tests.map(({ claim }) => `${figure}: ${claim}`)
    )
  );
  return [...new Set(found).difference(asked)];
}

/** Markdown: a line a claim, what each profile says of it. */
export function overviewText(rows: readonly Overview[]): string {
  if (rows.length === 0) return "Nothing is stored yet: `deno task reproduce` computes it.";
  return Map.groupBy(rows, ({ claim }) => claim).entries().map(([claim, of]) => {
    const said = of.map((row) => `${row.profile}: ${saidOf(row)}`);
    const note = of[0].note ? ` (${of[0].note})` : "";
    return `- ${claim}${note}. ${said.join("; ")}`;
  }).toArray().join("\n");
}

function saidOf(
  { summary, tests, supported, contradicted, least, most, unlearned, notebook }: Overview,
): string {
  if (tests === 0) return summary;
  const parts = [
    `**${summary}**, ${supported} of ${tests} tests supported`,
    ...(contradicted > 0 ? [`${contradicted} contradicted`] : []),
    `effects from ${signed(least!)} to ${signed(most!)} points`,
    ...(unlearned > 0 ? [`in ${unlearned} the augmented arm is not above the untrained one`] : []),
  ];
  return `${parts.join(", ")} ([${notebook.slice(0, 2)}](${notebook}.ipynb))`;
}

/** A row a claim and profile, in that order; of a profile, claims too that it has not tested. */
export function overview(stored: StoredClaims): Overview[] {
  const tests = testsOf(stored);
  return claimsOfThePaper.flatMap(({ claim, notebook, note = null }) =>
    Object.keys(stored).map((profile) => {
      const of = tests.filter((test) => test.paper === claim && test.profile === profile);
      const verdicts = of.map(({ verdict }) => verdict), effects = of.map(({ effect }) => effect);
      const count = (verdict: Verdict) => verdicts.filter((each) => each === verdict).length;
      return {
        ...{ claim, profile, summary: summarize(verdicts), tests: of.length },
        supported: count("supported"),
        notShown: count("not shown"),
        contradicted: count("contradicted"),
        least: effects.length > 0 ? Math.min(...effects) : null,
        most: effects.length > 0 ? Math.max(...effects) : null,
        unlearned: of.filter(({ baselineLearned }) => baselineLearned === false).length,
        ...{ notebook, note },
      };
    })
  );
}

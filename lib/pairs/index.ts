/** Pair lists: who is whose partner. */
export { augmentedOnly } from "./augmented.ts";
export { curated, type CuratedFault } from "./curated.ts";
export { curriculum } from "./curriculum.ts";
export { factorTable } from "./factor_table.ts";
export { hybrid } from "./hybrid.ts";
export { match, type Matched, type MatchOptions } from "./match.ts";
export { type Candidates, mined } from "./mined.ts";
export { noisy } from "./noisy.ts";
export { isPairFile, readPairs, writePairs } from "./pair_file.ts";
export { type PairKind, type PairList, pairListHash, type PairOrigin } from "./pair_list.ts";
export { proveMatched } from "./prove.ts";
export { pairKind, related, type Relation } from "./relation.ts";
export type { MatchReport } from "./report.ts";
export type { SampleOptions } from "./sample.ts";

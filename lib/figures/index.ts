/** The figures: rows in, a Vega-Lite spec, a table or a picture out. */
export { accuracyTable } from "./accuracy_table.ts";
export { contactSheets } from "./contact_sheets.ts";
export { learningCurves } from "./learning_curves.ts";
export { pairSheet } from "./pair_sheet.ts";
export { perMethodGains, perMethodGainsTable } from "./per_method_gains.ts";
export { sharedFactors, sharedFactorsTable } from "./shared_factors.ts";
export { tuning } from "./tuning.ts";

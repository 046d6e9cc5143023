/** The figures: rows in, a Vega-Lite spec, a table or a picture out. */
export { accuracyTable } from "./accuracy_table.ts";
export { armCurves, type CurveRow } from "./arm_curves.ts";
export { armDifferences, armDifferencesTable } from "./arm_differences.ts";
export { armLevels } from "./arm_levels.ts";
export { contactSheets } from "./contact_sheets.ts";
export { featureMap } from "./feature_map.ts";
export { foundObjects } from "./found_objects.ts";
export { bestViewsTable, gainCurves, gainCurvesTable } from "./gain_curves.ts";
export { kindsOfViews } from "./kinds_of_views.ts";
export { learningCurves } from "./learning_curves.ts";
export { mixtureCurves, mixtureTable, vanishingTable } from "./mixture_curves.ts";
export { pairSheet } from "./pair_sheet.ts";
export { perMethodGains, perMethodGainsTable } from "./per_method_gains.ts";
export { precisionCurve } from "./precision_curve.ts";
export { sharedFactors, sharedFactorsTable } from "./shared_factors.ts";
export { verdictsFigure, verdictsTable } from "./verdicts.ts";
export { tuning } from "./tuning.ts";

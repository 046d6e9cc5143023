/**
 * What a notebook may import; nothing else is public. The namespaces follow the data: data sets,
 * pairs, views, models, methods, training, evaluation, the study and its figures, and then what
 * shows them.
 */
export * as datasets from "./datasets/index.ts";
export * as pairs from "./pairs/index.ts";
export * as mining from "./mining/index.ts";
export * as views from "./views/policy.ts";
export * as models from "./models/index.ts";
export { methods } from "./methods/index.ts";
export * as training from "./training/index.ts";
export * as evaluation from "./evaluation/index.ts";
export * as study from "./study/index.ts";
export * as figures from "./figures/index.ts";
export { markdown, picture, progressFor, show } from "./notebook/display.ts";
export { saveFigure } from "./notebook/render.ts";

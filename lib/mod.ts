/**
 * What a notebook may import; nothing else is public. The namespaces follow the data: data sets,
 * pairs, views, the study and its figures, and then what shows them.
 */
export * as datasets from "./datasets/emoji_scenes.ts";
export * as pairs from "./pairs/match.ts";
export * as views from "./views/policy.ts";
export * as study from "./study/index.ts";
export * as figures from "./figures/index.ts";
export { markdown, picture, progressFor, show } from "./notebook/display.ts";
export { saveFigure } from "./notebook/render.ts";

/** The data sets: where images come from. */
export type { Box, Dataset, Factors, Image } from "./dataset.ts";
export { type EmojiScenes, emojiScenes, type EmojiScenesOptions } from "./emoji_scenes.ts";
export { type BackgroundSwaps, backgroundSwaps } from "./emoji_swaps.ts";
export { imageFolder, type ImageFolderOptions } from "./image_folder.ts";
export { importSet, load, type LoadOptions, manifestOf } from "./library.ts";
export { describe, type Manifest } from "./importing/manifest.ts";
export { withMeasuredFactors } from "./measured.ts";
export { subset } from "./subset.ts";
export { writeFolder } from "./write_folder.ts";
export {
  type CorruptionKind,
  corruptionKinds,
  ladder,
  type Transformation,
  transformed,
  type VariationKind,
  variationKinds,
} from "./transformed.ts";

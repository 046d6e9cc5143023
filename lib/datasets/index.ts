/** The data sets: where images come from. */
export type { Box, Dataset, Factors, Image } from "./dataset.ts";
export { type EmojiScenes, emojiScenes, type EmojiScenesOptions } from "./emoji_scenes.ts";
export { imageFolder, type ImageFolderOptions } from "./image_folder.ts";

/** Mining: pairs of images that a network takes for alike. */
export { agreement, candidatesOf, type Rule, ruleNames, withoutDuplicates } from "./candidates.ts";
export { byBackbone, type Embedder } from "./embedder.ts";
export { mine, type Mined } from "./mine.ts";
export { exactNeighbours, type Neighbours } from "./neighbours.ts";
export { byOnnx } from "./onnx_embedder.ts";
export { type Bin, precisionBySimilarity, shareOf } from "./precision.ts";
export { indexedNeighbours } from "./vector_index.ts";

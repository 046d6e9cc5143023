/** Opens the large index as a streamed data set, pairs a part of it, and says what memory it took. */
import { join } from "@std/path";
import { decodeIndex } from "../../../lib/datasets/importing/image_index.ts";
import { openIndex } from "../../../lib/datasets/open_index.ts";
import { match } from "../../../lib/pairs/match.ts";

const path = join(Deno.args[0], "large.index");
const dataset = await openIndex(decodeIndex(await Deno.readFile(path), path), {
  size: 224,
  frame: "whole",
});
const opened = Deno.memoryUsage().rss;
const { semantic } = match(dataset, { pairsPerClass: 50, seed: 1 });
console.log(JSON.stringify({
  length: dataset.length,
  pairs: semantic.anchors.length,
  id: dataset.id!(dataset.length - 1),
  opened,
  paired: Deno.memoryUsage().rss,
}));

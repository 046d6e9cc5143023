/** What the synsets of ImageNet, e.g. n01440764, are called. */
import { messageOf, Problem } from "../../base/problem.ts";
import { readStructs } from "./matlab.ts";
import { fileCalled, readLines } from "./tree_files.ts";
import type { FileTree } from "../trees/file_tree.ts";

/** Words by synset, e.g. n01440764: "tench, Tinca tinca". */
export type Words = Map<string, string>;

/**
 * The classes that synsets are: the synset itself with its first word, `n01440764 tench`, or the
 * synset alone where no file tells words. Words alone are ambiguous: there are two cranes. The
 * number comes first so that classes sort, and have the labels, that they have everywhere.
 */
export function classNames(synsets: readonly string[], words: Words): string[] {
  return synsets.map((synset) => {
    const word = words.get(synset)?.split(",")[0].trim();
    return word ? `${synset} ${word}` : synset;
  });
}

/** Labels by synset: a list of one, shared by all images, as there are a million of them. */
export function labelsOf(synsets: readonly string[]): Map<string, number[]> {
  return new Map(synsets.map((synset, label) => [synset, [label]]));
}

/** The words in a tree's words.txt, Kaggle's LOC_synset_mapping.txt and the devkit's meta.mat. */
export async function wordsIn(tree: FileTree): Promise<Words> {
  const words: Words = new Map();
  for (const { synset, words: of } of await devkitSynsets(tree) ?? []) words.set(synset, of);
  for (const file of ["words.txt", "LOC_synset_mapping.txt"]) {
    const i = fileCalled(tree, file);
    for (const line of i < 0 ? [] : await readLines(tree, i)) {
      const [, synset, of] = line.match(/^(n\d{8})\s+(.+)$/) ?? [];
      if (synset) words.set(synset, of);
    }
  }
  return words;
}

/** A synset and the number by which the devkit's ground truth names it. */
export interface DevkitSynset {
  id: number;
  synset: string;
  words: string;
}

/**
 * The synsets of the devkit's meta.mat; undefined where the tree has no such file.
 *
 * @throws {Problem} for a file that is not what the devkit holds
 */
export async function devkitSynsets(tree: FileTree): Promise<DevkitSynset[] | undefined> {
  const i = fileCalled(tree, "meta.mat");
  if (i < 0) return undefined;
  try {
    return readStructs(await tree.read(i), "synsets").map(({ ILSVRC2012_ID, WNID, words }) => {
      if (typeof ILSVRC2012_ID !== "number" || typeof WNID !== "string") {
        throw new Error("a synset without ILSVRC2012_ID or WNID");
      }
      return { id: ILSVRC2012_ID, synset: WNID, words: typeof words === "string" ? words : "" };
    });
  } catch (error) {
    throw new Problem(
      `${tree.path}: ${tree.names[i]} is not the devkit's table of synsets (${
        messageOf(error)
      }): ` +
        "take it from ILSVRC2012_devkit_t12.tar.gz",
    );
  }
}

/**
 * The runs in results/runs are stored under keys with the hash of their pair list. What `match`
 * gave when they were made, it must give for ever: a change here makes those runs worthless.
 */
import { deepStrictEqual } from "node:assert/strict";
import { match, type MatchOptions } from "../../lib/pairs/match.ts";
import { pairListHash } from "../../lib/pairs/pair_list.ts";
import { toyDataset } from "./toy_dataset.ts";

const fifty = Array.from({ length: 50 }, (_, c) => 20 + c % 7);

/** Sizes of the classes, artists, options, and the first digits of the hash of either list. */
const lists: [number[], number, MatchOptions, string, string][] = [
  [[5, 7, 6], 4, { pairsPerClass: 5, seed: 1 }, "c59c307f841b3ec9", "28171ed8d0d8c4de"],
  [[2, 2], 4, { pairsPerClass: 2, seed: 1, rounds: 3 }, "5584d2ffd2e0d88c", "d76bed30b2475b6e"],
  [
    [60, 61, 70, 200],
    4,
    { pairsPerClass: 60, seed: 2, rounds: 12, differ: [] },
    "8a57f1b75c185dca",
    "a62c26a057f0321f",
  ],
  [
    [8, 8],
    2,
    { pairsPerClass: 8, seed: 3, differ: ["artist"] },
    "6532cba6cf9a9975",
    "80aa78667816bd5c",
  ],
  [
    [30, 40],
    4,
    { pairsPerClass: 24, seed: 7, rounds: 4, differ: ["artist"] },
    "62bf409dcb06f15a",
    "f007120f0e841893",
  ],
  [
    fifty,
    4,
    { pairsPerClass: 16, seed: 5, rounds: 2, differ: [] },
    "c82a1cca255f2b44",
    "91a0e865bb673903",
  ],
  [[1500], 4, { pairsPerClass: 1300, seed: 4 }, "9ff64e589bdf0ad7", "8220d17b502d30eb"],
  [
    [150],
    3,
    { pairsPerClass: 120, seed: 4, differ: ["artist"] },
    "5ac30601b415b79d",
    "3a8c55c8f206623d",
  ],
  [[3], 4, { pairsPerClass: 3, seed: 11, rounds: 5 }, "f264dbf75ec9b5f3", "b554345b1d64a70d"],
];

Deno.test("match: lists are bit by bit those that committed runs were made from", () => {
  for (const [sizes, artists, options, ...expected] of lists) {
    const { augmented, semantic } = match(toyDataset(sizes, { artists }), options);
    const hashes = [augmented, semantic].map((list) => pairListHash(list).slice(0, 16));
    deepStrictEqual(hashes, expected, JSON.stringify(options));
  }
});

/** Equal use of unequal numbers: images dealt out like cards, hand after hand. */
import type { Prng } from "../base/prng.ts";

/**
 * Deals `count` images at each call. In every hand, and over any number of hands, any two images
 * come equally often, give or take one: of more than there are, whole decks are dealt and a rest,
 * and when the deck is used up within a hand, a fresh one goes on with images not yet in the hand.
 * The first deck lies as given, the others are shuffled, so that hands do not repeat.
 *
 * @example
 * ```ts
 * import { prng } from "../base/prng.ts";
 * import { deepStrictEqual } from "node:assert/strict";
 * const deal = dealer([1, 2, 3, 4], 2, prng(1));
 * deepStrictEqual([deal(), deal()], [[1, 2], [3, 4]]);
 * ```
 */
export function dealer(images: readonly number[], count: number, random: Prng): () => number[] {
  const rest = count % images.length;
  const whole = Array(Math.floor(count / images.length)).fill(images).flat();
  let deck = [...images];
  return () => {
    const hand = deck.slice(0, rest);
    deck = deck.slice(rest);
    if (hand.length < rest) {
      const fresh = random.shuffle(images), held = new Set(hand);
      const more = new Set(fresh.filter((i) => !held.has(i)).slice(0, rest - hand.length));
      deck = fresh.filter((i) => !more.has(i));
      hand.push(...more);
    }
    return [...whole, ...hand];
  };
}

import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { type Prng, prng } from "../../lib/base/prng.ts";
import { permutation } from "../../lib/pairs/permutation.ts";

Deno.test("permutation: derangements of four come about equally often", () => {
  const counts = new Map<string, number>();
  for (let seed = 0; seed < 1800; seed++) {
    const p = permutation(4, { prng: prng(seed), allowed: (i, j) => i !== j })!;
    deepStrictEqual(p.toSorted(), [0, 1, 2, 3]);
    counts.set(p.join(), (counts.get(p.join()) ?? 0) + 1);
  }
  strictEqual(counts.size, 9); // there are nine, so 200 of each are expected
  for (const count of counts.values()) ok(count > 100 && count < 300, `${[...counts]}`);
});

Deno.test("permutation finds the only solution, and sees that there is none", () => {
  for (let seed = 0; seed < 20; seed++) {
    const cycle = permutation(50, { prng: prng(seed), allowed: (i, j) => j === (i + 1) % 50 });
    deepStrictEqual(cycle, Array.from({ length: 50 }, (_, i) => (i + 1) % 50));
    const star = { prng: prng(seed), allowed: (i: number, j: number) => (i === 0) !== (j === 0) };
    strictEqual(permutation(3, star), undefined); // 1 and 2 both need 0
  }
});

/** The search as it is written in books: recursive, with a set of the places that were tried. */
function byTheBook(n: number, random: Prng, allowed: (i: number, j: number) => boolean) {
  const image = random.shuffle(Array(n).keys());
  const taker: (number | undefined)[] = Array(n).fill(undefined);
  image.forEach((j, i) => taker[j] = allowed(i, j) ? i : undefined);
  const waiting = random.shuffle(image.keys().filter((i) => taker[image[i]] !== i));
  const order = random.shuffle(Array(n).keys());
  const seat = (i: number, tried: Set<number>): boolean => {
    for (const j of order) {
      if (tried.has(j) || !allowed(i, j)) continue;
      tried.add(j);
      const holder = taker[j];
      if (holder !== undefined && !seat(holder, tried)) continue;
      taker[j] = i;
      image[i] = j;
      return true;
    }
    return false;
  };
  return waiting.every((i) => seat(i, new Set())) ? image : undefined;
}

Deno.test("permutation equals the search by the book, dense or sparse, possible or not", () => {
  let impossible = 0;
  for (let seed = 0; seed < 400; seed++) {
    const random = prng(`graph ${seed}`), n = 1 + random.int(14), density = random.next();
    const edges = Array.from({ length: n * n }, () => random.next() < density);
    const allowed = (i: number, j: number) => edges[i * n + j];
    const found = permutation(n, { prng: prng(seed), allowed });
    deepStrictEqual(found, byTheBook(n, prng(seed), allowed));
    if (!found) impossible++;
  }
  ok(impossible > 50 && impossible < 350, `${impossible}`);
});

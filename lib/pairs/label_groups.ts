/** Images of several classes: under which one each stands, so that none stands alone. */
import type { Prng } from "../base/prng.ts";

/**
 * A label for each image under which another image stands too, or -1 where none is found: for an
 * image that shares no label with any other, and for one whose only companions are needed by
 * others. Each goes to the most frequent of its labels; who is alone there joins others under
 * another of its labels, or is joined by an image that its own group can spare. That is one pass
 * over the images and no exhaustive search: where labels are very rare, one more might have found a
 * place.
 *
 * @param labels of each image
 */
export function homeLabels(labels: readonly (readonly number[])[]): Int32Array {
  const members = new Map<number, number[]>();
  labels.forEach((own, i) => {
    for (const label of own) members.getOrInsertComputed(label, () => []).push(i);
  });
  const frequency = (label: number) => members.get(label)!.length;
  const home = Int32Array.from(
    labels,
    (own) => own.length === 0 ? -1 : own.reduce((a, b) => frequency(b) > frequency(a) ? b : a),
  );
  const size = sizesOf(home);
  const move = mover(home, size);
  const isSpare = (i: number) => home[i] < 0 || size.get(home[i]) !== 2;
  labels.forEach((own, i) => {
    if (home[i] < 0 || size.get(home[i])! > 1) return;
    move(i, -1);
    const joined = own.find((label) => size.get(label)! > 0);
    if (joined !== undefined) return move(i, joined);
    for (const label of own) {
      const companion = members.get(label)!.find((other) => other !== i && isSpare(other));
      if (companion === undefined) continue;
      move(companion, label);
      return move(i, label);
    }
  });
  return home;
}

/**
 * One of its labels at random for each image, none of them alone under it. Who is alone joins
 * others under another of its labels; where nobody is, it goes home and calls one more home, which
 * happens to each image once at most.
 *
 * @param labels of each image
 * @param homes by {@link homeLabels}, of images that have one
 */
export function drawLabels(
  labels: readonly (readonly number[])[],
  homes: readonly number[],
  random: Prng,
): Int32Array {
  const drawn = Int32Array.from(labels, (own) => own[random.int(own.length)]);
  const size = sizesOf(drawn);
  const move = mover(drawn, size);
  const family = Map.groupBy(homes.keys(), (i) => homes[i]);
  const stays = new Set<number>();
  const goHome = (i: number) => {
    move(i, homes[i]);
    stays.add(i);
  };
  const isAlone = (i: number) => size.get(drawn[i]) === 1;
  for (let alone = [...drawn.keys()].filter(isAlone); alone.length > 0;) {
    for (const i of alone.values().filter(isAlone)) { // others may have joined it meanwhile
      const others = labels[i].filter((label) => label !== drawn[i] && (size.get(label) ?? 0) > 0);
      if (others.length > 0 && !stays.has(i)) move(i, others[random.int(others.length)]);
      else {
        goHome(i);
        if (isAlone(i)) goHome(family.get(homes[i])!.find((other) => other !== i)!);
      }
    }
    alone = [...drawn.keys()].filter(isAlone);
  }
  return drawn;
}

function sizesOf(labels: Int32Array): Map<number, number> {
  const sizes = new Map<number, number>();
  for (const label of labels) sizes.set(label, (sizes.get(label) ?? 0) + 1);
  return sizes;
}

/** Puts an image under another label, with the sizes kept right. */
function mover(labels: Int32Array, size: Map<number, number>) {
  return (i: number, label: number) => {
    size.set(labels[i], size.get(labels[i])! - 1);
    size.set(label, (size.get(label) ?? 0) + 1);
    labels[i] = label;
  };
}

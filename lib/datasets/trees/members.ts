/** What is noted of an archive's members: columns of numbers, as there may be millions of them. */

/** Members in the order of their names. */
export interface Members<Column extends string> {
  /** Sorted by code unit, unique. */
  names: string[];
  columns: Record<Column, Float64Array>;
  /** The names of members left out, as an earlier one has the same. */
  again: string[];
}

/** Sorts members, listed in the order of their archive, by name. */
export function sortMembers<Column extends string>(
  names: readonly string[],
  columns: Record<Column, readonly number[]>,
): Members<Column> {
  const order = [...names.keys()].sort((a, b) =>
    names[a] < names[b] ? -1 : names[a] > names[b] ? 1 : a - b
  );
  const isAgain = (k: number) => k > 0 && names[order[k]] === names[order[k - 1]];
  const kept = order.filter((_, k) => !isAgain(k));
  const entries = Object.entries(columns) as [Column, readonly number[]][];
  return {
    names: kept.map((i) => names[i]),
    columns: Object.fromEntries(
      entries.map(([name, values]) => [name, Float64Array.from(kept, (i) => values[i])]),
    ) as Record<Column, Float64Array>,
    again: order.filter((_, k) => isAgain(k)).map((i) => names[i]),
  };
}

/** Work that is done once for each key, however often it is asked for. */

/** What was made for the key, or is being made; a failure is not kept: the next call tries again. */
export function once<T>(
  made: Map<string, Promise<T>>,
  key: string,
  make: () => Promise<T>,
): Promise<T> {
  const known = made.get(key);
  if (known) return known;
  const making = make();
  made.set(key, making);
  making.catch(() => made.delete(key));
  return making;
}

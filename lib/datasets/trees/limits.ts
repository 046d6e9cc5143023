/** Limits against archives that are small on disk and fill the memory: zip bombs. */

/**
 * How many times its stored bytes a file may measure. Photographs hardly shrink at all, label files
 * and tables five- to twentyfold; deflate reaches 1032 on zeros, and members that share their
 * stored bytes reach millions (Fifield 2019, "A better zip bomb").
 */
export const MAX_RATIO = 100;

/** Bytes below which no ratio does harm: an empty mask shrinks a thousandfold, honestly. */
export const HARMLESS = 2 ** 20;

/** Whether so many bytes cannot honestly come out of so few. */
export function isBomb(size: number, stored: number): boolean {
  return size > HARMLESS && size > MAX_RATIO * stored;
}

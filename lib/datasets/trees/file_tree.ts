/** Files by name, wherever they lie: in a folder, or in an archive that is read as it is. */

/** A file that is there but is left out, and why. */
export interface Skipped {
  name: string;
  reason: string;
}

/** Where the bytes of a file lie on disk. */
export interface Location {
  /** The file itself, or the archive that holds it. */
  path: string;
  offset: number;
  /** Bytes on disk. */
  stored: number;
  /** Bytes of the file; more than `stored` where it is compressed. */
  size: number;
  /** Compressed by raw deflate, as in a zip. */
  deflated: boolean;
}

/** A read-only tree of files. */
export interface FileTree {
  /** The folder or archive, for messages. */
  readonly path: string;
  /** Relative to the root, "/" between folders, sorted by code unit, unique. */
  readonly names: readonly string[];
  /** What cannot be used: hidden files, links in a circle, names that are no UTF-8, … */
  readonly skipped: readonly Skipped[];
  /** Bytes of file i. */
  size(i: number): number;
  /** The content of file i. */
  read(i: number): Promise<Uint8Array>;
  /** Where file i lies; absent where the format allows no reading in place (parquet). */
  locate?(i: number): Promise<Location>;
  /**
   * All files in the order in which they lie on disk, where any other is much slower (parquet,
   * whose images are compressed by the group).
   */
  readonly order?: readonly number[];
  /** Gives back open files. */
  close(): void;
}

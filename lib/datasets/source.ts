/** A layout of files that stands for a labelled set of images, e.g. Tiny-ImageNet's. */
import type { BoxedObject } from "./dataset.ts";
import type { FileTree, Skipped } from "./trees/file_tree.ts";

/** An image as its source names it; not decoded yet. */
export interface ListedImage {
  /** Unique within the split; a path in the tree, or that and a number. */
  id: string;
  /** Index into the tree's files. */
  file: number;
  /** All its classes, the first being the one that counts where only one does; [] if unlabeled. */
  labels: number[];
  /** In pixels of the image as it is stored. */
  boxes?: BoxedObject[];
  /** Where the image is not a file of its own but planar RGB bytes (CIFAR, STL-10). */
  raw?: {
    offset: number;
    height: number;
    width: number;
    /** STL-10 stores its planes column by column. */
    columnMajor?: boolean;
  };
}

/** What a source says of its files. */
export interface Listing {
  classes: string[];
  /** By name: `train`, `val`, `test`, `unlabeled`; in the order of their ids. */
  splits: Record<string, ListedImage[]>;
  /** Files that look like images of the set but cannot be, and why. Other files need no mention. */
  skipped: Skipped[];
}

/** A layout. */
export interface Source {
  /** e.g. `tiny-imagenet`. */
  name: string;
  /** What the layout looks like, in one line for `--help`. */
  layout: string;
  /** Whether a tree has this layout, by its names alone. */
  recognises(tree: FileTree): boolean;
  /**
   * Lists the images of a tree.
   *
   * @throws {Problem} where a file that the layout needs is missing or contradicts itself
   */
  list(tree: FileTree): Promise<Listing>;
}

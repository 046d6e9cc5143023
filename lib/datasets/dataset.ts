/** What every source of images becomes. */

/** An image: planar RGB bytes, [3, height, width]. */
export interface Image {
  data: Uint8Array;
  height: number;
  width: number;
}

/** An object's place in an image, in pixels from the top left corner. */
export interface Box {
  x: number;
  y: number;
  width: number;
  height: number;
  /** Index into the data set's classes. */
  label: number;
}

/** The known nuisance factors of one image, e.g. `{ artist: "noto", background: 3, light: 0.8 }`. */
export type Factors = Readonly<Record<string, string | number>>;

/** Labelled images. Indices run from 0 to `length - 1`. */
export interface Dataset {
  readonly name: string;
  /** Class names; a label is an index into them. */
  readonly classes: readonly string[];
  readonly length: number;
  /** SHA-256 of everything that makes the content. */
  readonly hash: string;
  image(i: number): Image;
  label(i: number): number;
  /** The nuisance factors of image i, where the source knows them. */
  factors?(i: number): Factors;
  /** The objects of image i, where the source knows them. */
  boxes?(i: number): Box[];
}

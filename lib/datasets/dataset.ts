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

/** An object of an image, as its data set describes it. */
export interface BoxedObject extends Box {
  /** Pascal VOC's mark of what is hard to recognise: whether a detector finds it counts neither way. */
  difficult?: boolean;
  /** COCO's mark of a box around many objects: to find it, even often, counts neither way. */
  crowd?: boolean;
  /** Square pixels, where it is not the box's: COCO's own files give the area of the mask. */
  area?: number;
}

/** The known nuisance factors of one image, e.g. `{ artist: "noto", background: 3, light: 0.8 }`. */
export type Factors = Readonly<Record<string, string | number>>;

/** A rectangle of an image, in its own pixels; edges need not be whole numbers. */
export interface Frame {
  top: number;
  left: number;
  height: number;
  width: number;
}

/** An image that stays in its file until a view of it is made. */
export interface StreamedImage {
  /** A whole JPEG file, upright, in sRGB. */
  jpeg: Uint8Array;
  /** The part of it that stands for the image. */
  frame: Frame;
}

/** The label of an image of which no class is known. */
export const unlabeled = -1;

/** Images of known classes. Indices run from 0 to `length - 1`. */
export interface Dataset {
  readonly name: string;
  /** Class names; a label is an index into them. */
  readonly classes: readonly string[];
  readonly length: number;
  /** SHA-256 of everything that makes the content, with the size in which images are held. */
  readonly hash: string;
  /**
   * SHA-256 of images and labels, in whatever size they are held: what a pair list on disk is for.
   * Where there is but one size, the hash itself.
   */
  readonly contentHash?: string;
  /** Of a data set that is held in memory; one that is streamed has {@link Dataset.stream} instead. */
  image(i: number): Image;
  /** The image's class, the first of several; {@link unlabeled} where none is known. */
  label(i: number): number;
  /** All classes of image i, where an image may have several. */
  labels?(i: number): readonly number[];
  /** What image i is called in its source, e.g. `train/cat/0001.jpg`; unique within the data set. */
  id?(i: number): string;
  /**
   * Pictures that are there more than once: the first image of the set that image i equals or
   * nearly equals (i where there is none), and whether another split of its source has its like.
   */
  likes?(i: number): { copyOf: number; elsewhere: boolean };
  /** The nuisance factors of image i, where the source knows them. */
  factors?(i: number): Factors;
  /** The objects of image i, where the source knows them. */
  boxes?(i: number): BoxedObject[];
  /** Where the set is too large for memory: its images as files, for the engine to decode. */
  readonly stream?: ImageStream;
}

/** Images read from disk one by one. */
export interface ImageStream {
  /**
   * Height and width for which view parameters are drawn: those that the image has, or would have,
   * in memory. The frame of a streamed image, scaled to this, is that image.
   */
  extent(i: number): { height: number; width: number };
  read(i: number): Promise<StreamedImage>;
}

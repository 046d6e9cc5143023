/** Which columns of a Hugging Face parquet file hold the images and their classes. */
import { type FileMetaData, parquetSchema, type SchemaTree } from "hyparquet";
import { Problem } from "../../base/problem.ts";

/** The columns that make a folder of images of a table. */
export interface ImageColumns {
  /** Bytes, or a struct of `bytes` and `path`. */
  image: string;
  /** Absent where the images are not labelled. */
  label?: string;
  /** What the numbers in the label column stand for; absent where it holds names itself. */
  classes?: readonly string[];
}

// By these names where the features tell nothing; the first counts where there are several.
const IMAGE_NAMES = ["image", "img", "images", "picture", "photo", "jpg", "jpeg", "png", "webp"];
const LABEL_NAMES = ["label", "labels", "fine_label", "class", "class_label", "cls", "category"];

/** A feature as the library `datasets` describes it. */
interface Feature {
  _type?: string;
  names?: unknown;
}

/**
 * Finds the columns: by the features that `datasets` writes into the file, else by their names.
 *
 * @throws {Problem} where no column holds images; it lists those that there are
 */
export function imageColumns(path: string, metadata: FileMetaData): ImageColumns {
  const columns = new Map(parquetSchema(metadata).children.map((c) => [c.element.name, c]));
  const features = featuresOf(metadata);
  const pick = (type: string, names: string[], fits: (column: SchemaTree) => boolean) => {
    const fitting = [...columns.keys()].filter((name) => fits(columns.get(name)!));
    const typed = fitting.filter((name) => features[name]?._type === type);
    return names.find((name) => typed.includes(name)) ?? typed[0] ??
      names.find((name) => fitting.includes(name));
  };
  const image = pick("Image", IMAGE_NAMES, holdsBytes);
  if (image === undefined) {
    throw new Problem(
      `${path} has no column of images, but ${[...columns.keys()].join(", ") || "none"}: ` +
        `the bytes of image files are looked for in ${IMAGE_NAMES.join(", ")}`,
    );
  }
  const label = pick("ClassLabel", LABEL_NAMES, holdsLabels);
  const names = label === undefined ? undefined : features[label]?.names;
  return { image, label, classes: isTexts(names) ? names : undefined };
}

/** By column; nothing where the file is not by `datasets`. */
function featuresOf({ key_value_metadata }: FileMetaData): Record<string, Feature | undefined> {
  const text = key_value_metadata?.find(({ key }) => key === "huggingface")?.value;
  try {
    return JSON.parse(text ?? "{}").info.features ?? {};
  } catch {
    return {};
  }
}

const isTexts = (names: unknown): names is string[] =>
  Array.isArray(names) && names.every((name) => typeof name === "string");

/** Bytes that are no text, or a struct with such bytes. */
function holdsBytes({ element, children }: SchemaTree): boolean {
  const bytes = children.find((child) => child.element.name === "bytes");
  if (bytes) return holdsBytes(bytes);
  return isSingle(element) && element.type === "BYTE_ARRAY" && !isText(element);
}

function holdsLabels({ element, children }: SchemaTree): boolean {
  const numbers = element.type === "INT32" || element.type === "INT64";
  return children.length === 0 && isSingle(element) && (numbers || isText(element));
}

const isSingle = ({ repetition_type }: SchemaTree["element"]) => repetition_type !== "REPEATED";

const isText = ({ converted_type, logical_type }: SchemaTree["element"]) =>
  converted_type === "UTF8" || logical_type?.type === "STRING";

/**
 * Structs in a MATLAB file of level 5 ("v7"), little-endian: numbers and text, as far as the
 * meta.mat of ImageNet's devkit needs them.
 *
 * @see https://www.mathworks.com/help/pdf_doc/matlab/matfile_format.pdf
 */
import { inflateSync } from "node:zlib";

/** An element of an array of structs: fields that are one number or a text; others undefined. */
export type Struct = Record<string, number | string | undefined>;

const COMPRESSED = 15, MATRIX = 14; // types of elements
const STRUCT = 2, CHAR = 4; // classes of matrices; 6 to 15 are numbers
const LIMIT = 64 * 2 ** 20; // bytes of one inflated variable; meta.mat has less than one million

/**
 * The elements of the variable `name`, an array of structs.
 *
 * @throws {Error} for bytes that are no such file, or without that variable
 */
export function readStructs(bytes: Uint8Array, name: string): Struct[] {
  const header = bytes.length >= 128 && new DataView(bytes.buffer, bytes.byteOffset, 128);
  if (!header || header.getUint16(126, true) !== 0x4D49 || header.getUint16(124, true) !== 0x0100) {
    throw new Error("no MATLAB file of level 5, little-endian");
  }
  for (let at = 128; at < bytes.length;) {
    let element = elementAt(bytes, at);
    at = element.end;
    if (element.type === COMPRESSED) {
      element = elementAt(inflateSync(element.data, { maxOutputLength: LIMIT }), 0);
    }
    if (element.type !== MATRIX) continue;
    const matrix = matrixOf(element.data);
    if (matrix.name === name && matrix.of === STRUCT) return structsOf(matrix);
  }
  throw new Error(`no array of structs called ${name}`);
}

/** A tag and its data. */
interface Element {
  type: number;
  data: Uint8Array;
  /** Where the next one begins. */
  end: number;
}

function elementAt(bytes: Uint8Array, at: number): Element {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const tag = view.getUint32(at, true);
  const small = tag >>> 16; // bytes, if any: up to 4 share the tag's 8
  const type = small ? tag & 0xFFFF : tag;
  const size = small || view.getUint32(at + 4, true);
  const start = small ? at + 4 : at + 8;
  if (start + size > bytes.length) throw new Error("it is cut short");
  const padded = type === COMPRESSED ? size : Math.ceil(size / 8) * 8;
  return { type, data: bytes.subarray(start, start + size), end: small ? at + 8 : start + padded };
}

/** A matrix's head; its content lies at `at`. */
interface Matrix {
  of: number;
  name: string;
  length: number;
  data: Uint8Array;
  at: number;
}

function matrixOf(data: Uint8Array): Matrix {
  if (data.length === 0) return { of: 0, name: "", length: 0, data, at: 0 }; // MATLAB's empty field
  const flags = elementAt(data, 0);
  const dimensions = elementAt(data, flags.end);
  const name = elementAt(data, dimensions.end);
  const length = numbers(dimensions).reduce((a, b) => a * b, 1);
  return { of: flags.data[0], name: latin1(name.data), length, data, at: name.end };
}

function structsOf({ data, at, length }: Matrix): Struct[] {
  const width = elementAt(data, at);
  const [bytes] = numbers(width);
  const fields = elementAt(data, width.end);
  const names = Array.from(
    { length: Math.floor(fields.data.length / bytes) },
    (_, i) => latin1(fields.data.subarray(i * bytes, (i + 1) * bytes)).replace(/\0.*$/s, ""),
  );
  if (names.length === 0) throw new Error("its structs have no fields");
  at = fields.end;
  const structs: Struct[] = [];
  while (structs.length < length) {
    structs.push(Object.fromEntries(names.map((name) => {
      const field = elementAt(data, at);
      at = field.end;
      return [name, valueOf(matrixOf(field.data))];
    })));
  }
  return structs;
}

/** A matrix that is a text or one number. */
function valueOf({ of, length, data, at }: Matrix): number | string | undefined {
  if (of === CHAR) return length === 0 ? "" : textOf(elementAt(data, at));
  return of > CHAR + 1 && length === 1 ? numbers(elementAt(data, at))[0] : undefined;
}

/** Text is stored as UTF-8 or UTF-16, or as whole numbers that are UTF-16. */
function textOf({ type, data }: Element): string {
  return new TextDecoder(type === 4 || type === 17 ? "utf-16le" : "utf-8").decode(data);
}

const latin1 = (data: Uint8Array) => String.fromCharCode(...data);

/** Arrays by the number of their type; 0 and 8 are none. */
const ARRAYS = [
  ...[, Int8Array, Uint8Array, Int16Array, Uint16Array, Int32Array, Uint32Array],
  ...[Float32Array, , Float64Array],
];

function numbers({ type, data }: Element): number[] {
  const array = ARRAYS[type];
  if (!array) throw new Error(`numbers of type ${type}`);
  return Array.from(new array(new Uint8Array(data).buffer)); // copied, so that it is aligned
}

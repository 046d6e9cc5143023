/**
 * The safetensors format: named arrays in one file, which PyTorch and others read and write too.
 *
 * Eight bytes hold the header's length (little endian, as are all numbers), the header is JSON,
 * `{name: {dtype, shape, data_offsets}, …, "__metadata__": {key: text}}`, and the arrays follow one
 * upon the other. Nothing in such a file is ever run, and a file that lies about itself is refused.
 *
 * @see https://github.com/huggingface/safetensors#format
 */
import { messageOf, Problem } from "./problem.ts";

/** An array as it is held here. */
export type SafeTensor = {
  dtype: "F32" | "I32" | "U8";
  shape: number[];
  data: Float32Array | Int32Array | Uint8Array;
};

/** What a file holds. */
export type SafeTensors = {
  tensors: Record<string, SafeTensor>;
  metadata: Record<string, string>;
};

type Entry = { dtype: string; shape: number[]; data_offsets: [number, number] };

/** The reference implementation's own limit, in bytes. */
const longestHeader = 100_000_000;

/**
 * The bytes of a safetensors file. Arrays are laid out by name, so that equal arrays give equal
 * bytes.
 *
 * @example
 * ```ts
 * import { deepStrictEqual } from "node:assert/strict";
 * const x = { dtype: "F32" as const, shape: [2], data: Float32Array.of(1, 2) };
 * const bytes = encodeSafetensors({ x }, { format: "pt" });
 * deepStrictEqual(decodeSafetensors(bytes, "x.safetensors"), {
 *   tensors: { x },
 *   metadata: { format: "pt" },
 * });
 * ```
 */
export function encodeSafetensors(
  tensors: Record<string, SafeTensor>,
  metadata: Record<string, string>,
): Uint8Array<ArrayBuffer> {
  const names = Object.keys(tensors).sort();
  const entries: [string, Entry][] = [];
  let size = 0;
  for (const name of names) {
    const { dtype, shape, data } = tensors[name];
    entries.push([name, { dtype, shape, data_offsets: [size, size + data.byteLength] }]);
    size += data.byteLength;
  }
  const text = JSON.stringify({ __metadata__: metadata, ...Object.fromEntries(entries) });
  const unpadded = new TextEncoder().encode(text);
  const start = 8 + Math.ceil(unpadded.length / 8) * 8; // the arrays are aligned
  const bytes = new Uint8Array(start + size).fill(0x20, 8, start);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(start - 8), true);
  bytes.set(unpadded, 8);
  for (const [name, { data_offsets: [begin] }] of entries) {
    const { buffer, byteOffset, byteLength } = tensors[name].data;
    bytes.set(new Uint8Array(buffer, byteOffset, byteLength), start + begin);
  }
  return bytes;
}

/**
 * What a safetensors file holds, copied. Numbers of other types become float32 (F16, BF16, F64: the
 * nearest) or int32 (I64).
 *
 * @param what the file's name, for messages
 * @param share whether arrays may be views of the bytes, for files that are too large for two copies
 * @throws {Problem} for a truncated, foreign or malformed file, and for types beyond these
 */
export function decodeSafetensors(
  bytes: Uint8Array,
  what: string,
  { share = false } = {},
): SafeTensors {
  const { start, header } = readHeader(bytes, what);
  const { __metadata__: metadata = {}, ...entries } = header;
  if (!isRecord(metadata) || Object.values(metadata).some((text) => typeof text !== "string")) {
    throw malformed(what, "its metadata are not texts");
  }
  const checked = Object.entries(entries).map(([name, entry]) =>
    [name, checkedEntry(name, entry, what)] as const
  );
  checkLayout(checked, bytes.length - start, what);
  const tensors = checked.map(([name, { dtype, shape, data_offsets: [begin, end] }]) => {
    const raw = bytes.subarray(start + begin, start + end);
    const aligned = raw.byteOffset % widths[dtype as Dtype] === 0;
    const own = share && aligned ? raw : new Uint8Array(raw); // a Buffer's slice would share
    return [name, { shape, ...converted(own, dtype, `${what}: ${name}`) }];
  });
  return { tensors: Object.fromEntries(tensors), metadata: metadata as Record<string, string> };
}

function readHeader(bytes: Uint8Array, what: string) {
  if (bytes.length < 8) throw malformed(what, `it has ${bytes.length} bytes`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, 8);
  const length = Number(view.getBigUint64(0, true));
  if (length > longestHeader) throw malformed(what, `its header would have ${length} bytes`);
  if (8 + length > bytes.length) throw malformed(what, "it ends within its header: truncated");
  let header: unknown;
  try {
    header = JSON.parse(
      new TextDecoder("utf-8", { fatal: true }).decode(bytes.slice(8, 8 + length)),
    );
  } catch (error) {
    throw malformed(what, `its header is no JSON: ${messageOf(error)}`);
  }
  if (!isRecord(header)) throw malformed(what, "its header is no record");
  return { start: 8 + length, header };
}

function checkedEntry(name: string, entry: unknown, what: string): Entry {
  const { dtype, shape, data_offsets: offsets } = (isRecord(entry) ? entry : {}) as Partial<Entry>;
  const counts = (x: unknown): x is number[] =>
    Array.isArray(x) && x.every((n) => Number.isSafeInteger(n) && n >= 0);
  if (typeof dtype !== "string" || !counts(shape) || !counts(offsets) || offsets.length !== 2) {
    throw malformed(what, `${name} lacks a dtype, shape or data_offsets`);
  }
  const width = widths[dtype as Dtype];
  if (!Object.hasOwn(widths, dtype)) {
    throw new Problem(`${what}: ${name} is of type ${dtype}; read are ${Object.keys(widths)}`);
  }
  const [begin, end] = offsets;
  if (shape.reduce((size, n) => size * n, width) !== end - begin) {
    throw malformed(what, `${name}: ${dtype} [${shape}] does not take ${end - begin} bytes`);
  }
  return { dtype, shape, data_offsets: offsets };
}

/** The arrays have to fill the file, each byte belonging to one of them. */
function checkLayout(entries: (readonly [string, Entry])[], size: number, what: string): void {
  const spans = entries.map(([name, { data_offsets: [begin, end] }]) => ({ name, begin, end }));
  let at = 0;
  for (const { name, begin, end } of spans.sort((a, b) => a.begin - b.begin || a.end - b.end)) {
    if (begin !== at) throw malformed(what, `${name} starts at ${begin}, not at ${at}`);
    at = end;
  }
  if (at > size) throw malformed(what, `it ends ${at - size} bytes too early: truncated`);
  if (at < size) throw malformed(what, `${size - at} bytes at its end belong to no array`);
}

/** The types that are read, and their bytes a number. */
const widths = { F32: 4, I32: 4, U8: 1, F16: 2, BF16: 2, F64: 8, I64: 8 };
type Dtype = keyof typeof widths;

function converted(raw: Uint8Array, dtype: string, what: string): Omit<SafeTensor, "shape"> {
  const view = <T>(type: new (buffer: ArrayBuffer, offset: number, length: number) => T) =>
    new type(
      raw.buffer as ArrayBuffer,
      raw.byteOffset,
      raw.byteLength / widths[dtype as Dtype],
    );
  switch (dtype as Dtype) {
    case "F32":
      return { dtype: "F32", data: view(Float32Array) };
    case "F64":
      return { dtype: "F32", data: Float32Array.from(view(Float64Array)) };
    case "F16":
      return { dtype: "F32", data: Float32Array.from(view(Float16Array)) };
    case "BF16": { // the upper half of a float32
      const wide = Uint32Array.from(view(Uint16Array), (half) => half << 16);
      return { dtype: "F32", data: new Float32Array(wide.buffer) };
    }
    case "I32":
      return { dtype: "I32", data: view(Int32Array) };
    case "U8":
      return { dtype: "U8", data: view(Uint8Array) };
    case "I64": {
      const numbers = view(BigInt64Array);
      const large = numbers.find((n) => n !== BigInt.asIntN(32, n));
      if (large !== undefined) throw new Problem(`${what} holds ${large}, beyond 32 bits`);
      return { dtype: "I32", data: Int32Array.from(numbers, Number) };
    }
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function malformed(what: string, why: string): Problem {
  return new Problem(`${what} is no whole safetensors file: ${why}; write or fetch it anew`);
}

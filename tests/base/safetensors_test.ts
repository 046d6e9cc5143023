import { Buffer } from "node:buffer";
import { deepStrictEqual, strictEqual, throws } from "node:assert/strict";
import { Problem } from "../../lib/base/problem.ts";
import {
  decodeSafetensors,
  encodeSafetensors,
  type SafeTensor,
} from "../../lib/base/safetensors.ts";
import reference from "../vectors/networks.json" with { type: "json" };

const written = await Deno.readFile(
  new URL("../vectors/dtypes.safetensors", import.meta.url),
);

const tensors: Record<string, SafeTensor> = {
  "b.weight": { dtype: "F32", shape: [2, 2], data: Float32Array.of(1, -0, NaN, 1e-45) },
  "a é\n": { dtype: "I32", shape: [3], data: Int32Array.of(1, -(2 ** 31), 2 ** 31 - 1) },
  ["__proto__"]: { dtype: "F32", shape: [], data: Float32Array.of(7) },
  "none": { dtype: "F32", shape: [0, 4], data: new Float32Array() },
};

Deno.test("safetensors: what is written is read, to the last bit", () => {
  const metadata = { format: "pt", note: 'with "quotes"' };
  const read = decodeSafetensors(encodeSafetensors(tensors, metadata), "file");
  deepStrictEqual(read.metadata, metadata);
  deepStrictEqual(Object.keys(read.tensors).sort(), Object.keys(tensors).sort());
  for (const [name, { dtype, shape, data }] of Object.entries(read.tensors)) {
    deepStrictEqual({ dtype, shape }, { dtype: tensors[name].dtype, shape: tensors[name].shape });
    deepStrictEqual(new Uint8Array(data.buffer), new Uint8Array(tensors[name].data.buffer), name);
  }
});

Deno.test("safetensors: equal arrays give equal bytes, whatever their order", () => {
  const turned = Object.fromEntries(Object.entries(tensors).reverse());
  deepStrictEqual(encodeSafetensors(turned, {}), encodeSafetensors(tensors, {}));
});

Deno.test("safetensors: a view into a larger buffer is written and read as such", () => {
  const data = Float32Array.of(9, 1, 2, 9).subarray(1, 3);
  const bytes = encodeSafetensors({ x: { dtype: "F32", shape: [2], data } }, {});
  const shifted = new Uint8Array(bytes.length + 3);
  shifted.set(bytes, 3);
  deepStrictEqual([...decodeSafetensors(shifted.subarray(3), "x").tensors.x.data], [1, 2]);
  const { data: read } = decodeSafetensors(Buffer.from(bytes), "x").tensors.x; // as node:fs reads
  deepStrictEqual([...read], [1, 2]);
});

Deno.test("safetensors: every type that PyTorch's file has is read", () => {
  const { tensors } = decodeSafetensors(written, "dtypes.safetensors");
  const { dtypes } = reference.fixtures;
  deepStrictEqual(Object.keys(tensors).sort(), Object.keys(dtypes).sort());
  for (const [name, { shape, values }] of Object.entries(dtypes)) {
    deepStrictEqual(tensors[name].shape, shape, name);
    const whole = ["I32", "I64", "scalar"].includes(name);
    strictEqual(tensors[name].dtype, whole ? "I32" : "F32", name);
    deepStrictEqual([...tensors[name].data], whole ? values : values.map(Math.fround), name);
  }
});

Deno.test("safetensors: a file cut anywhere is refused, and so is one byte more", () => {
  const bytes = encodeSafetensors(tensors, { format: "pt" });
  for (let length = 0; length < bytes.length; length++) {
    throws(() => decodeSafetensors(bytes.subarray(0, length), "cut.safetensors"), (error) => {
      return error instanceof Problem && /^cut\.safetensors is no whole safe/.test(error.message);
    }, `${length} bytes`);
  }
  throws(() => decodeSafetensors(new Uint8Array([...bytes, 0]), "long"), /1 bytes at its end/);
});

/** A file with that header, and so many bytes behind it. */
function file(header: unknown, size: number): Uint8Array {
  const text = new TextEncoder().encode(
    typeof header === "string" ? header : JSON.stringify(header),
  );
  const bytes = new Uint8Array(8 + text.length + size);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(text.length), true);
  bytes.set(text, 8);
  return bytes;
}

const entry = (begin: number, end: number, shape = [(end - begin) / 4], dtype = "F32") => ({
  dtype,
  shape,
  data_offsets: [begin, end],
});

Deno.test("safetensors: a header that lies is refused, saying how", () => {
  const lies: [header: unknown, size: number, message: RegExp][] = [
    ["{", 0, /its header is no JSON/],
    ["\xff\xfe", 0, /its header is no JSON/],
    ["[]", 0, /its header is no record/],
    [{ __metadata__: { step: 3 } }, 0, /its metadata are not texts/],
    [{ __metadata__: "text" }, 0, /its metadata are not texts/],
    [{ x: null }, 0, /x lacks a dtype, shape or data_offsets/],
    [{ x: { ...entry(0, 4), shape: [-1] } }, 4, /x lacks/],
    [{ x: { ...entry(0, 4), shape: [1.5] } }, 4, /x lacks/],
    [{ x: { ...entry(0, 4), data_offsets: [0] } }, 4, /x lacks/],
    [{ x: entry(0, 4, [1], "constructor") }, 4, /x is of type constructor; read are F32,/],
    [{ x: entry(0, 4, [4], "BOOL") }, 4, /x is of type BOOL/],
    [{ x: entry(0, 8, [1]) }, 8, /x: F32 \[1\] does not take 8 bytes/],
    [{ x: entry(4, 0, [1]) }, 4, /does not take -4 bytes/],
    [{ x: entry(0, 8), y: entry(4, 12) }, 12, /y starts at 4, not at 8/], // overlap
    [{ x: entry(0, 8), y: entry(0, 8) }, 8, /starts at 0, not at 8/],
    [{ x: entry(0, 4), y: entry(8, 12) }, 12, /y starts at 8, not at 4/], // hole
    [{ x: entry(4, 8) }, 8, /x starts at 4, not at 0/],
    [{ x: entry(0, 8) }, 4, /4 bytes too early: truncated/],
  ];
  for (const [header, size, message] of lies) {
    throws(() => decodeSafetensors(file(header, size), "lie"), (error) => {
      return error instanceof Problem && message.test(error.message);
    }, String(message));
  }
});

Deno.test("safetensors: a header's length is bounded before it is read", () => {
  const bytes = file({}, 0);
  new DataView(bytes.buffer).setBigUint64(0, 2n ** 63n, true);
  throws(() => decodeSafetensors(bytes, "huge"), /its header would have/);
});

Deno.test("safetensors: a whole number beyond 32 bits is refused", () => {
  const bytes = file({ steps: entry(0, 8, [1], "I64") }, 8);
  new DataView(bytes.buffer).setBigInt64(bytes.length - 8, 2n ** 31n, true);
  throws(
    () => decodeSafetensors(bytes, "old.safetensors"),
    /old\.safetensors: steps holds 2147483648/,
  );
});

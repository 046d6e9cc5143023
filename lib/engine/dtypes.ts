/** TensorFlow's data types (tensorflow/c/tf_datatype.h) and how their values look in JavaScript. */

/** The numbers of the data types that appear here. */
export const DType = {
  float32: 1,
  int32: 3,
  uint8: 4,
  string: 7,
  complex64: 8,
  int64: 9,
  bool: 10,
  bfloat16: 14,
  resource: 20,
} as const;

/** Bytes of one element; absent for types without a fixed size. */
export const bytesPerElement: Readonly<Record<number, number>> = {
  [DType.float32]: 4,
  [DType.int32]: 4,
  [DType.uint8]: 1,
  [DType.complex64]: 8,
  [DType.int64]: 8,
  [DType.bool]: 1,
  [DType.bfloat16]: 2,
};

/** The name of a data type, for messages. */
export function dtypeName(dtype: number): string {
  return Object.entries(DType).find(([, number]) => number === dtype)?.[0] ?? `type ${dtype}`;
}

/** The bytes of values that tfjs hands over in whatever array it has. */
export function toBytes(dtype: number, values: ArrayLike<number | boolean>): Uint8Array {
  const numbers = values as ArrayLike<number>;
  const makers: Record<number, () => ArrayBufferView> = {
    [DType.float32]: () => as(Float32Array, numbers),
    [DType.complex64]: () => as(Float32Array, numbers),
    [DType.int32]: () => as(Int32Array, numbers),
    [DType.uint8]: () => as(Uint8Array, numbers),
    [DType.bool]: () => as(Uint8Array, numbers),
    [DType.int64]: () => BigInt64Array.from(Array.from(numbers, (v) => BigInt(v))),
  };
  const typed = makers[dtype]?.();
  if (!typed) throw new Error(`cannot make a tensor of ${dtypeName(dtype)}`);
  return new Uint8Array(typed.buffer, typed.byteOffset, typed.byteLength);
}

/** Values of a tensor as tfjs wants to see them. */
export function fromBytes(dtype: number, bytes: Uint8Array): ArrayBufferView {
  const buffer = bytes.slice().buffer as ArrayBuffer;
  if (dtype === DType.float32 || dtype === DType.complex64) return new Float32Array(buffer);
  if (dtype === DType.int32) return new Int32Array(buffer);
  if (dtype === DType.int64) return new BigInt64Array(buffer);
  if (dtype === DType.bool || dtype === DType.uint8) return new Uint8Array(buffer);
  if (dtype === DType.bfloat16) { // the upper half of a float32
    const halves = new Uint16Array(buffer);
    return new Float32Array(Uint32Array.from(halves, (half) => half << 16).buffer);
  }
  throw new Error(`cannot read a tensor of ${dtypeName(dtype)}`);
}

function as<A extends Float32Array | Int32Array | Uint8Array>(
  type: { new (length: number): A; from(values: ArrayLike<number>): A },
  values: ArrayLike<number>,
): A {
  return values instanceof type ? values : type.from(values);
}

/** TensorFlow's operations and types that tfjs has no name for. */
import { DType } from "./dtypes.ts";
import { upload } from "./eager.ts";
import { attributesOf } from "./native.ts";
import { engine } from "./start.ts";
import { tf } from "./tfjs.ts";

/** Runs an operation with one output, or adds it to the function that is being traced. */
export function raw(
  name: string,
  attributes: Record<string, unknown>,
  inputs: tf.Tensor[],
): tf.Tensor {
  if (engine.name !== "tensorflow") {
    throw new Error(`${name} is an operation of TensorFlow, but the engine is ${engine.name}`);
  }
  return engine.backend.executeSingleOutput(name, attributesOf(attributes), inputs);
}

/** Reshapes where sizes are known only when the function runs; -1 is what remains. */
export function reshapeUnknown(
  x: tf.Tensor,
  shape: tf.Tensor,
  type: number = DType.float32,
): tf.Tensor {
  return raw("Reshape", { T: type, Tshape: DType.int32 }, [x, shape]);
}

/**
 * A tensor of bytes, for functions that `jit` compiles: tfjs takes it for int32, but it has a
 * quarter of the size. {@link bytesToFloat} makes numbers of it that every operation knows.
 */
export function byteTensor(bytes: Uint8Array, shape: number[]): tf.Tensor {
  if (engine.name !== "tensorflow") return tf.tensor(Int32Array.from(bytes), shape, "int32");
  const id = upload(engine.native, shape, DType.uint8, bytes);
  return engine.backend.createOutputTensor({ id, shape, dtype: DType.uint8 });
}

/** The values of a {@link byteTensor}, 0 … 255. */
export function bytesToFloat<T extends tf.Tensor>(bytes: T): T {
  if (engine.name !== "tensorflow") return bytes.cast("float32");
  return raw("Cast", { SrcT: DType.uint8, DstT: DType.float32 }, [bytes]) as T;
}

/**
 * A checkpoint: all that a run needs to go on as if it had never stopped, in one safetensors file.
 *
 * Its tensors are the leaves of the training state by their paths (`params.backbone.conv1.weight`)
 * and the loss curve so far. The metadata `semantic-pairs` is a JSON record that tells which run it
 * is and how far, with a digest over that record and the tensors, so that no flipped bit goes
 * unnoticed. The learning rates of the curve follow from the step and are not stored.
 */
import { keyOf, sha256 } from "../base/hash.ts";
import { messageOf, Problem } from "../base/problem.ts";
import { decodeSafetensors, encodeSafetensors, type SafeTensor } from "../base/safetensors.ts";
import { leaves, tf, type Tree, withTensors } from "../engine/mod.ts";
import type { Told } from "./advance.ts";
import type { Pace } from "./pace.ts";
import type { CurvePoint, RunIdentity } from "./run.ts";

/** Raised with every change of what is stored, or where. */
export const checkpointFormat = 1;

/** A run after `step` of its `total` steps. */
export interface Checkpoint {
  run: RunIdentity;
  step: number;
  total: number;
  pace: Pace;
  /** The leaves of the training state. */
  state: Record<string, SafeTensor>;
  /** What each step so far told. */
  curve: Record<keyof Told, Float32Array>;
}

/** A file that is whole but of no use to this run; one that is damaged is a mere {@link Problem}. */
export class Mismatch extends Problem {}

/** The values of a state, by their paths. */
export async function readState(state: Tree): Promise<Record<string, SafeTensor>> {
  const read = leaves(state).map(async ([path, tensor]): Promise<[string, SafeTensor]> => {
    const { shape } = tensor;
    const data = await tensor.data() as SafeTensor["data"];
    return [path.slice(1), { dtype: tensor.dtype === "int32" ? "I32" : "F32", shape, data }];
  });
  return Object.fromEntries(await Promise.all(read));
}

/** The first of the values' paths at which a number is not finite. */
export function nonFinite(values: Record<string, SafeTensor>): string | undefined {
  const isWhole = ({ data }: SafeTensor) => (data as Float32Array).every((x) => Number.isFinite(x));
  return Object.keys(values).find((path) => !isWhole(values[path]));
}

/**
 * The state with stored values.
 *
 * @param like a state of the same structure, for its paths and shapes; it stays as it is
 * @throws {Mismatch} naming the first leaf that differs
 */
export function restoreState<T extends Tree>(like: T, stored: Record<string, SafeTensor>): T {
  const wanted = leaves(like).map(([path, { shape }]) => [path.slice(1), shape] as const);
  const paths = new Set(wanted.map(([path]) => path));
  const surplus = Object.keys(stored).find((path) => !paths.has(path));
  if (surplus) throw unfit(`${surplus} is absent here`);
  for (const [path, shape] of wanted) {
    const there = stored[path]?.shape;
    if (String(there) === String(shape)) continue;
    throw unfit(`${path} is [${shape}] here, ${there ? `[${there}]` : "absent"} there`);
  }
  const restored = wanted.map(([path, shape]) => {
    const { data, dtype } = stored[path];
    return tf.tensor(data, [...shape], dtype === "I32" ? "int32" : "float32");
  });
  return withTensors(like, restored);
}

function unfit(why: string): Mismatch {
  return new Mismatch(
    `the checkpoint is of another version of this library: ${why}; name another directory`,
  );
}

/** The stored part of a curve: one array for each thing that steps tell. */
export function curveArrays(points: CurvePoint[]): Checkpoint["curve"] {
  const names: (keyof Told)[] = ["loss", "sameClassNegatives", "spread"];
  const arrays = names.map((name) => [name, Float32Array.from(points, (point) => point[name])]);
  return Object.fromEntries(arrays);
}

/** The curve, with the learning rate of each step. */
export function curvePoints(
  curve: Checkpoint["curve"],
  learningRate: (step: number) => number,
): CurvePoint[] {
  return Array.from(curve.loss, (_, step) => {
    const told = Object.entries(curve).map(([name, values]) => [name, values[step]]);
    return { step, learningRate: learningRate(step), ...Object.fromEntries(told) };
  });
}

/** The bytes of a checkpoint's file. */
export function encodeCheckpoint({ state, curve, ...told }: Checkpoint): Uint8Array<ArrayBuffer> {
  const vectors = Object.entries(curve).map(([name, data]): [string, SafeTensor] => [
    inCurve + name,
    { dtype: "F32", shape: [data.length], data },
  ]);
  const tensors = { ...state, ...Object.fromEntries(vectors) };
  const header = { format: checkpointFormat, ...told };
  const digest = digestOf(header, tensors);
  return encodeSafetensors(tensors, { "semantic-pairs": JSON.stringify({ ...header, digest }) });
}

/**
 * The checkpoint in a file.
 *
 * @param what the file's name, for messages
 * @throws {Mismatch} for a file of another program or of another format
 * @throws {Problem} for a damaged one
 */
export function decodeCheckpoint(bytes: Uint8Array, what: string): Checkpoint {
  const { tensors, metadata } = decodeSafetensors(bytes, what);
  const text = metadata["semantic-pairs"];
  if (text === undefined) throw new Mismatch(`${what} is no checkpoint of semantic-pairs`);
  const { digest, ...header } = parse(text, what);
  const { format, ...told } = header;
  if (format !== checkpointFormat) {
    throw new Mismatch(
      `${what} has checkpoint format ${format}, this version reads ${checkpointFormat}`,
    );
  }
  if (digest !== digestOf(header, tensors)) {
    throw new Problem(`${what} is damaged: its content does not match its digest`);
  }
  const [vectors, state] = partition(Object.entries(tensors), ([name]) => name.startsWith(inCurve));
  const curve = vectors.map(([name, { data }]) => [name.slice(inCurve.length), data]);
  return {
    ...told,
    state: Object.fromEntries(state),
    curve: Object.fromEntries(curve),
  } as Checkpoint;
}

/** The paths of a curve's tensors begin with it; those of a state do not. */
const inCurve = "curve.";

function partition<T>(items: T[], test: (item: T) => boolean): [T[], T[]] {
  return [items.filter(test), items.filter((item) => !test(item))];
}

function parse(text: string, what: string): Record<string, unknown> {
  try {
    return { ...JSON.parse(text) };
  } catch (error) {
    throw new Problem(`${what} is damaged: its metadata is no JSON: ${messageOf(error)}`);
  }
}

function digestOf(header: unknown, tensors: Record<string, SafeTensor>): string {
  const contents = Object.entries(tensors).map(([name, { dtype, shape, data }]) => {
    const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
    return [name, { dtype, shape, bytes: sha256(bytes) }];
  });
  return keyOf({ header, tensors: Object.fromEntries(contents) });
}

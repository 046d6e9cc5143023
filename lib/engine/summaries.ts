/**
 * TensorBoard's event files, written by TensorFlow's own summary writer.
 *
 * tfjs-node's `summaryFileWriter` runs the same operations, but keeps one writer a directory for the
 * whole process, never closes it, and cannot say that a run was resumed.
 */
import protobuf from "protobufjs/light.js";
import { messageOf, Problem } from "../base/problem.ts";
import { DType } from "./dtypes.ts";
import { call, upload, type Values } from "./eager.ts";
import { type Native, release } from "./native.ts";
import { engine } from "./start.ts";

/** An open event file. Its values reach the disk at {@link SummaryWriter.flush} at the latest. */
export interface SummaryWriter {
  /** Adds a point to the curve of that name. */
  scalar(name: string, value: number, step: number): void;
  /** Begins anew at a step: what older files of the directory say of it and later ones is void. */
  restart(step: number): void;
  flush(): void;
  /** Flushes and frees; once. */
  close(): void;
}

/**
 * Opens a new event file in a directory, which is made where it is missing.
 *
 * @throws {Problem} on WebGPU, and where the directory cannot be written to
 */
export function summaryWriter(directory: string): SummaryWriter {
  if (engine.name !== "tensorflow") {
    throw new Problem(
      `TensorBoard files are written by TensorFlow, but the engine is ${engine.name}: unset ENGINE, ` +
        "or train without a log directory",
    );
  }
  const { native } = engine;
  const writer = open(native, directory);
  const run = (name: string, inputs: Input[] = [], type?: number) =>
    execute(native, name, { writer, inputs, type });
  return {
    scalar: (name, value, step) =>
      run(
        "WriteScalarSummary",
        [[DType.int64, step], [DType.string, name], [DType.float32, value]],
        DType.float32,
      ),
    restart: (step) => run("ImportEvent", [[DType.string, restartEvent(step)]]),
    flush: () => run("FlushSummaryWriter"),
    close: () => {
      run("CloseSummaryWriter");
      release(native, writer);
    },
  };
}

/** A scalar input of an operation. */
type Input = [dtype: number, value: number | string | Uint8Array];

const flushSeconds = 10, queue = 1000; // events wait no longer, and no more of them

function open(native: Native, directory: string): number {
  // A name of its own: writers of one name would be one writer.
  const name = { name: "shared_name", type: 0, value: crypto.randomUUID() };
  const [writer] = call(native, "SummaryWriter", [name], [], 1);
  const options: Input[] = [[DType.int32, queue], [DType.int32, 1000 * flushSeconds]];
  const inputs: Input[] = [[DType.string, directory], ...options, [DType.string, ".v2"]];
  try {
    execute(native, "CreateSummaryFileWriter", { writer, inputs });
    return writer;
  } catch (error) {
    release(native, writer);
    const reason = messageOf(error).replace(/^CreateSummaryFileWriter: /, "").split("\n")[0];
    throw new Problem(
      `cannot write TensorBoard files to ${directory} (${reason}): choose another log directory`,
    );
  }
}

function execute(
  native: Native,
  name: string,
  { writer, inputs, type }: { writer: number; inputs: Input[]; type?: number },
): void {
  const ids = inputs.map(([dtype, value]) => upload(native, [], dtype, [value] as Values));
  try {
    const attributes = type === undefined ? [] : [{ name: "T", type: 4, value: type }];
    call(native, name, attributes, [writer, ...ids], 0);
  } finally {
    for (const id of ids) release(native, id);
  }
}

// The fields of tensorflow/core/util/event.proto that matter here.
const Event = protobuf.Root.fromJSON({
  nested: {
    SessionLog: { fields: { status: { type: "int32", id: 1 } } },
    Event: {
      fields: {
        wallTime: { type: "double", id: 1 },
        step: { type: "int64", id: 2 },
        sessionLog: { type: "SessionLog", id: 7 },
      },
    },
  },
}).lookupType("Event");

const start = 1; // SessionLog.START

function restartEvent(step: number): Uint8Array {
  const event = { wallTime: Date.now() / 1000, step, sessionLog: { status: start } };
  return Event.encode(Event.create(event)).finish();
}

/** Reads TensorBoard's event files: records of Event messages (tensorflow/core/util/event.proto). */
import protobuf from "protobufjs/light.js";

/** An event, as far as the tests look. */
export interface EventRecord {
  wallTime: number;
  step: number;
  fileVersion?: string;
  sessionLog?: { status: number };
  summary?: { value: { tag: string; simpleValue: number }[] };
}

const Event = protobuf.Root.fromJSON({
  nested: {
    Value: {
      fields: { tag: { type: "string", id: 1 }, simpleValue: { type: "float", id: 2 } },
    },
    Summary: { fields: { value: { rule: "repeated", type: "Value", id: 1 } } },
    SessionLog: { fields: { status: { type: "int32", id: 1 } } },
    Event: {
      fields: {
        wallTime: { type: "double", id: 1 },
        step: { type: "int64", id: 2 },
        fileVersion: { type: "string", id: 3 },
        summary: { type: "Summary", id: 5 },
        sessionLog: { type: "SessionLog", id: 7 },
      },
    },
  },
}).lookupType("Event");

/** The whole events of a file; the last may be half written. */
export async function readEvents(path: string): Promise<EventRecord[]> {
  const bytes = await Deno.readFile(path);
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  const events: EventRecord[] = [];
  // A record: its length (8 bytes), a checksum of that (4), the message, a checksum of it (4).
  for (let at = 0; at + 16 <= bytes.length;) {
    const length = Number(view.getBigUint64(at, true));
    if (at + 16 + length > bytes.length) break;
    const message = Event.decode(bytes.subarray(at + 12, at + 12 + length));
    events.push(Event.toObject(message, { longs: Number, defaults: true }) as EventRecord);
    at += 16 + length;
  }
  return events;
}

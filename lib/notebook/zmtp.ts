/**
 * ZMTP 3.0, the wire protocol of ZeroMQ, as far as a Jupyter client needs it: one connection to a
 * server on this machine, no encryption (the NULL mechanism), as a DEALER (requests and their
 * replies) or as a SUB (everything that is published).
 *
 * The native `zeromq` package loses wake-ups under Deno; this is a socket and a frame format.
 *
 * @see https://rfc.zeromq.org/spec/23/
 */

/** One end of a ZeroMQ connection; a message is a list of frames. */
export interface Socket {
  send(frames: Uint8Array[]): Promise<void>;
  /** The next message, or null once the connection is closed. */
  receive(): Promise<Uint8Array[] | null>;
  close(): void;
}

const MORE = 1, LONG = 2, COMMAND = 4; // bits of a frame's first byte
const utf8 = new TextEncoder();

/**
 * Connects to `127.0.0.1:port` and shakes hands.
 *
 * @param type DEALER, or SUB (subscribed to everything)
 * @throws Deno.errors.ConnectionRefused while nobody listens there
 */
export async function connect(port: number, type: "DEALER" | "SUB"): Promise<Socket> {
  const connection = await Deno.connect({ hostname: "127.0.0.1", port });
  const reader = connection.readable.getReader({ mode: "byob" });
  const writer = connection.writable.getWriter();

  const read = async (length: number): Promise<Uint8Array | null> => {
    if (length === 0) return new Uint8Array();
    const { value } = await reader.read(new Uint8Array(length), { min: length });
    return value?.length === length ? value : null;
  };
  const receive = async (): Promise<Uint8Array[] | null> => {
    const frames: Uint8Array[] = [];
    while (true) {
      const frame = await readFrame(read);
      if (!frame) return null;
      if (frame.flags & COMMAND) continue;
      frames.push(frame.body);
      if (!(frame.flags & MORE)) return frames;
    }
  };
  const send = (frames: Uint8Array[]) =>
    writer.write(join(frames.map((body, i) => frameOf(i < frames.length - 1 ? MORE : 0, body))));
  const close = () => {
    try {
      connection.close();
    } catch { /* the streams close it when the other end does */ }
  };

  try {
    await writer.write(join([greeting(), frameOf(COMMAND, ready(type))]));
    if (!await read(64) || !await readFrame(read)) throw new Error("ZMTP: no handshake");
    if (type === "SUB") await send([new Uint8Array([1])]); // 1 = subscribe, to the empty prefix
    return { send, receive: () => receive().catch(() => null), close };
  } catch (error) {
    close();
    throw error;
  }
}

/** 64 bytes: signature, version 3.0, mechanism NULL, as a client. */
function greeting(): Uint8Array {
  const bytes = new Uint8Array(64);
  bytes.set([0xff, 0, 0, 0, 0, 0, 0, 0, 0, 0x7f, 3, 0]);
  bytes.set(utf8.encode("NULL"), 12);
  return bytes;
}

/** The READY command: its name, then the socket's type as a property (lengths in 1 and 4 bytes). */
function ready(type: string): Uint8Array {
  const named = (name: string) => join([new Uint8Array([name.length]), utf8.encode(name)]);
  return join([
    named("READY"),
    named("Socket-Type"),
    new Uint8Array([0, 0, 0, type.length]),
    utf8.encode(type),
  ]);
}

function frameOf(flags: number, body: Uint8Array): Uint8Array {
  if (body.length < 256) return join([new Uint8Array([flags, body.length]), body]);
  const head = new DataView(new ArrayBuffer(9));
  head.setUint8(0, flags | LONG);
  head.setBigUint64(1, BigInt(body.length));
  return join([new Uint8Array(head.buffer), body]);
}

async function readFrame(
  read: (length: number) => Promise<Uint8Array | null>,
): Promise<{ flags: number; body: Uint8Array } | null> {
  const flags = (await read(1))?.[0];
  if (flags === undefined) return null;
  const size = await read(flags & LONG ? 8 : 1);
  if (!size) return null;
  const length = size.reduce((sum, byte) => 256 * sum + byte, 0);
  const body = await read(length);
  return body && { flags, body };
}

function join(parts: Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    whole.set(part, offset);
    offset += part.length;
  }
  return whole;
}

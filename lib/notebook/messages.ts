/**
 * The messages of the Jupyter protocol 5.3: four JSON parts, signed with HMAC-SHA256.
 *
 * @see https://jupyter-client.readthedocs.io/en/stable/messaging.html#the-wire-protocol
 */
import { createHmac } from "node:crypto";

/** A message as it was received. */
export interface Message {
  type: string;
  /** The id of the request that caused it. */
  parent?: string;
  metadata: Record<string, unknown>;
  content: Record<string, unknown>;
}

const DELIMITER = "<IDS|MSG>";
const encoder = new TextEncoder(), decoder = new TextDecoder();

function sign(key: string, parts: (string | Uint8Array)[]): string {
  const hmac = createHmac("sha256", key);
  for (const part of parts) hmac.update(part);
  return hmac.digest("hex");
}

/** The frames of a request. */
export function encode(
  key: string,
  header: { msg_id: string; session: string; msg_type: string },
  content: Record<string, unknown>,
): Uint8Array[] {
  const date = new Date().toISOString();
  const parts = [{ username: "", version: "5.3", date, ...header }, {}, {}, content]
    .map((part) => JSON.stringify(part));
  return [DELIMITER, sign(key, parts), ...parts].map((frame) => encoder.encode(frame));
}

/** The message in the frames, or null when its signature is not ours. */
export function decode(key: string, frames: Uint8Array[]): Message | null {
  const start = frames.findIndex((frame) => decoder.decode(frame) === DELIMITER) + 1;
  const [signature, ...parts] = frames.slice(start, start + 5);
  if (start === 0 || parts.length < 4) return null;
  if (decoder.decode(signature) !== sign(key, parts)) return null;
  const [header, parent, metadata, content] = parts.map((p) => JSON.parse(decoder.decode(p)));
  return { type: header.msg_type, parent: parent.msg_id, metadata, content };
}

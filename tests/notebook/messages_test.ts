import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { createHmac } from "node:crypto";
import { decode, encode } from "../../lib/notebook/messages.ts";

const header = { msg_id: "1", session: "s", msg_type: "execute_request" };
const text = (frame: Uint8Array) => new TextDecoder().decode(frame);

Deno.test("a message is read back, also after frames of routing", () => {
  const frames = encode("key", header, { code: "é" });
  const message = {
    type: "execute_request",
    parent: undefined,
    metadata: {},
    content: { code: "é" },
  };
  deepStrictEqual(decode("key", frames), message);
  deepStrictEqual(decode("key", [new Uint8Array([0, 255]), ...frames]), message);
});

Deno.test("the signature is the HMAC-SHA256 of the four JSON parts", () => {
  const [delimiter, signature, ...parts] = encode("key", header, {});
  strictEqual(text(delimiter), "<IDS|MSG>");
  const joined = parts.map(text).join("");
  strictEqual(text(signature), createHmac("sha256", "key").update(joined).digest("hex"));
});

Deno.test("a message that is not signed with our key, or cut short, is none", () => {
  const frames = encode("key", header, { code: "1" });
  strictEqual(decode("other", frames), null);
  strictEqual(decode("key", frames.slice(0, -1)), null);
  strictEqual(decode("key", frames.slice(1)), null);
  strictEqual(decode("key", [...frames.slice(0, -1), new TextEncoder().encode("{}")]), null);
});

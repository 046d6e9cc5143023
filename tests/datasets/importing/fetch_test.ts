import { deepStrictEqual, ok, rejects, strictEqual } from "node:assert/strict";
import { join } from "@std/path";
import { exists } from "../../../lib/base/files.ts";
import { sha256 } from "../../../lib/base/hash.ts";
import { Problem } from "../../../lib/base/problem.ts";
import { fetchFile, sha256Of } from "../../../lib/datasets/importing/fetch.ts";

const content = Uint8Array.from({ length: 3_000_000 }, (_, i) => i * i % 251);

/** How a server behaves; what it was asked for is noted. */
interface Behaviour {
  body: Uint8Array<ArrayBuffer>;
  etag?: string;
  ranges?: boolean;
  /** Breaks off after so many bytes of an answer. */
  breakAfter?: number;
  status?: number;
}

/** Runs a test with a server on this machine and a folder of its own. */
async function withServer(
  test: (context: {
    url: string;
    path: string;
    behaviour: Behaviour;
    asked: (string | null)[];
  }) => Promise<void>,
): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "fetch-" });
  const behaviour: Behaviour = { body: content, etag: '"v1"', ranges: true };
  const asked: (string | null)[] = [];
  const server = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen: () => {} }, (request) => {
    asked.push(request.headers.get("range"));
    return answer(request, behaviour);
  });
  const url = `http://127.0.0.1:${server.addr.port}/set.tar`;
  try {
    await test({ url, path: join(folder, "data", "set.tar"), behaviour, asked });
  } finally {
    await server.shutdown();
    await Deno.remove(folder, { recursive: true });
  }
}

function answer(request: Request, { body, etag, ranges, breakAfter, status }: Behaviour): Response {
  if (status) return new Response("no", { status });
  const asked = /^bytes=(\d+)-$/.exec(request.headers.get("range") ?? "");
  const resumes = ranges && asked && request.headers.get("if-range") === etag;
  const from = resumes ? Number(asked[1]) : 0;
  if (resumes && from >= body.length) {
    return new Response(null, {
      status: 416,
      headers: { "content-range": `bytes */${body.length}` },
    });
  }
  const rest = body.slice(from), sent = breakAfter ? rest.slice(0, breakAfter) : rest;
  // Where less is sent than the length says, the server breaks the connection.
  const stream = new ReadableStream({
    start(controller) {
      controller.enqueue(sent);
      controller.close();
    },
  });
  const headers = { "content-length": String(rest.length), ...(etag ? { etag } : {}) };
  return new Response(stream, { status: resumes ? 206 : 200, headers });
}

const isProblem = (message: RegExp) => (error: Error) => {
  ok(error instanceof Problem && message.test(error.message), String(error));
  return true;
};

Deno.test("fetchFile: the file comes whole, with progress, and only once", async () => {
  await withServer(async ({ url, path, asked }) => {
    const shown: number[] = [];
    const home = { url, bytes: content.length, sha256: sha256(content) };
    await fetchFile(home, path, { progress: (done) => void shown.push(done) });
    deepStrictEqual(await Deno.readFile(path), content);
    strictEqual(shown.at(-1), 3);
    await fetchFile(home, path);
    strictEqual(asked.length, 1);
    deepStrictEqual([...Deno.readDirSync(join(path, ".."))].map(({ name }) => name), ["set.tar"]);
  });
});

Deno.test("fetchFile: what broke off goes on where it was", async () => {
  await withServer(async ({ url, path, behaviour, asked }) => {
    behaviour.breakAfter = 1_200_000;
    const home = { url, sha256: sha256(content) };
    await rejects(fetchFile(home, path), isProblem(/broke off after 1 MB .*run the command again/));
    strictEqual(await exists(path), false);
    behaviour.breakAfter = undefined;
    await fetchFile(home, path);
    deepStrictEqual(asked, [null, "bytes=1200000-"]);
    deepStrictEqual(await Deno.readFile(path), content);
  });
});

Deno.test("fetchFile: a file that changed meanwhile, and a server without ranges, begin anew", async () => {
  for (const change of [{ etag: '"v2"', body: content.slice(7) }, { ranges: false }]) {
    await withServer(async ({ url, path, behaviour }) => {
      behaviour.breakAfter = 1_000_000;
      await rejects(fetchFile({ url }, path), isProblem(/broke off/));
      Object.assign(behaviour, change, { breakAfter: undefined });
      await fetchFile({ url }, path);
      deepStrictEqual(await Deno.readFile(path), behaviour.body);
    });
  }
});

Deno.test("fetchFile: without a version of the file nothing is put together", async () => {
  await withServer(async ({ url, path, behaviour, asked }) => {
    Object.assign(behaviour, { etag: undefined, breakAfter: 1_000_000 });
    await rejects(fetchFile({ url }, path), isProblem(/broke off/));
    behaviour.breakAfter = undefined;
    await fetchFile({ url }, path);
    deepStrictEqual(asked, [null, null]);
    deepStrictEqual(await Deno.readFile(path), content);
  });
});

Deno.test("fetchFile: a part that is whole already is only checked", async () => {
  await withServer(async ({ url, path }) => {
    await Deno.mkdir(join(path, ".."), { recursive: true });
    await Deno.writeFile(`${path}.part`, content);
    await Deno.writeTextFile(`${path}.part.etag`, '"v1"');
    await fetchFile({ url, sha256: sha256(content) }, path);
    deepStrictEqual(await Deno.readFile(path), content);
  });
});

Deno.test("fetchFile: another file than the known one is removed", async () => {
  await withServer(async ({ url, path }) => {
    for (const wrong of [{ bytes: 5 }, { sha256: sha256("other") }]) {
      await rejects(
        fetchFile({ url, ...wrong }, path),
        isProblem(/not the file that is known .*--archive/),
      );
      deepStrictEqual([...Deno.readDirSync(join(path, ".."))], []);
    }
  });
});

Deno.test("fetchFile: a file that is there is checked all the same", async () => {
  await withServer(async ({ url, path, asked }) => {
    await Deno.mkdir(join(path, ".."), { recursive: true });
    await Deno.writeTextFile(path, "another");
    const home = { url, sha256: sha256(content) };
    await rejects(fetchFile(home, path), isProblem(/not the file that is known/));
    strictEqual(asked.length, 0);
    await fetchFile(home, path); // it was removed: now it comes
    deepStrictEqual(await Deno.readFile(path), content);
  });
});

Deno.test("fetchFile: a server that refuses, and one that is not there", async () => {
  await withServer(async ({ url, path, behaviour }) => {
    behaviour.status = 404;
    await rejects(fetchFile({ url }, path), isProblem(/set\.tar: the server says 404/));
  });
  const folder = await Deno.makeTempDir();
  await rejects(
    fetchFile({ url: "http://127.0.0.1:1/x" }, join(folder, "x")),
    isProblem(/127\.0\.0\.1:1\/x broke off after 0 MB/),
  );
  await Deno.remove(folder, { recursive: true });
});

Deno.test("sha256Of a file is that of its bytes", async () => {
  const path = await Deno.makeTempFile();
  await Deno.writeFile(path, content);
  strictEqual(await sha256Of(path), sha256(content));
  await Deno.remove(path);
});

/**
 * The curation page's server. Everything lies below a path that nobody can guess, which keeps other
 * pages out; images are called by number; a name that is made to point here (DNS rebinding) is refused,
 * for it is another host.
 */
import { join } from "@std/path";
import { writeAtomic } from "../base/files.ts";
import { inTurn } from "../base/in_turn.ts";
import { messageOf, Problem } from "../base/problem.ts";
import type { Dataset } from "../datasets/dataset.ts";
import { planarToPng } from "../datasets/importing/decode.ts";
import { type Decisions, nameOf, type Pair, type Verdict, verdicts } from "./decisions.ts";
import { type Queue, stateOf } from "./queue.ts";

/** What is curated, and where the accepted pairs go. */
export interface Curation {
  dataset: Dataset;
  queue: Queue;
  decisions: Decisions;
  /** A list of the accepted pairs, as `curated` reads it. */
  list: string;
}

const files: Record<string, string> = {
  "": "text/html",
  "page.js": "text/javascript",
  "page.css": "text/css",
};

const headers = {
  "content-security-policy":
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; " +
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  "x-content-type-options": "nosniff",
  "referrer-policy": "no-referrer",
  "cache-control": "no-store",
};

/** Answers requests to a page of this token, at one of these hosts. */
export function handlerOf(
  curation: Curation,
  { token, hosts }: { token: string; hosts: () => readonly string[] },
): (request: Request) => Promise<Response> {
  const turn = inTurn(); // the list is that of the decision that it is written after
  return async (request) => {
    const { pathname, searchParams } = new URL(request.url);
    const [, given, ...rest] = pathname.split("/");
    if (given !== token || !hosts().includes(request.headers.get("host") ?? "")) {
      return answer("not found", 404);
    }
    try {
      const routed = () => route(curation, request, rest.join("/"), searchParams);
      return await (request.method === "POST" ? turn(routed) : routed());
    } catch (error) {
      if (!(error instanceof Problem)) console.error(error);
      return answer(messageOf(error), error instanceof Problem ? 400 : 500);
    }
  };
}

async function route(
  curation: Curation,
  request: Request,
  path: string,
  search: URLSearchParams,
): Promise<Response> {
  const { dataset, queue, decisions, list } = curation;
  const only = search.get("class") ?? undefined;
  const state = () => answer(stateOf(dataset, queue, decisions, only));
  const image = /^images\/(\d{1,9})$/.exec(path);
  if (request.method === "GET") {
    if (Object.hasOwn(files, path)) return await ownFile(path);
    if (path === "state") return state();
    if (image) return await imageOf(dataset, Number(image[1]));
  }
  if (request.method === "POST" && path === "decisions") {
    const { pair, verdict } = asked(await request.json().catch(() => ({})), dataset);
    await decisions.decide(pair, verdict);
    await writeList(list, dataset, decisions);
    return state();
  }
  if (request.method === "POST" && path === "undo") {
    await decisions.undo();
    await writeList(list, dataset, decisions);
    return state();
  }
  return answer("not found", 404);
}

/** What a page asks for, if it makes sense. */
function asked(body: { pair?: unknown; verdict?: unknown }, dataset: Dataset) {
  const { pair, verdict } = body ?? {};
  const isImage = (i: unknown) =>
    Number.isInteger(i) && Number(i) >= 0 && Number(i) < dataset.length;
  const isPair = Array.isArray(pair) && pair.length === 2 && pair.every(isImage) &&
    pair[0] !== pair[1];
  if (isPair && verdicts.includes(verdict as Verdict)) {
    return { pair: pair as unknown as Pair, verdict: verdict as Verdict };
  }
  throw new Problem(`a decision is {"pair": [image, image], "verdict": "${verdicts.join('"|"')}"}`);
}

function answer(body: unknown, status = 200): Response {
  return Response.json(body, { status, headers });
}

async function ownFile(path: string): Promise<Response> {
  const bytes = await Deno.readFile(join(import.meta.dirname!, path || "page.html"));
  return new Response(bytes, { headers: { ...headers, "content-type": files[path] } });
}

async function imageOf(dataset: Dataset, i: number): Promise<Response> {
  if (i >= dataset.length) return answer("not found", 404);
  if (dataset.stream) {
    const { jpeg } = await dataset.stream.read(i);
    return new Response(jpeg.slice(), { headers: { ...headers, "content-type": "image/jpeg" } });
  }
  const { data, ...extent } = dataset.image(i);
  const png = await planarToPng(data, extent);
  return new Response(png, { headers: { ...headers, "content-type": "image/png" } });
}

/** The accepted pairs, as a list that `curated` reads; whole at any moment. */
export async function writeList(
  path: string,
  dataset: Dataset,
  decisions: Decisions,
): Promise<void> {
  const quoted = (image: number) => `"${nameOf(dataset, image).replaceAll('"', '""')}"`;
  const rows = decisions.all().filter(({ verdict }) => verdict === "accept")
    .map(({ pair: [a, b] }) => `${quoted(a)},${quoted(b)}\n`);
  await writeAtomic(path, `anchor,partner\n${rows.join("")}`);
}

import { deepStrictEqual, ok, rejects, strictEqual } from "node:assert/strict";
import { join } from "@std/path";
import { openDecisions } from "../../lib/curation/decisions.ts";
import { queueOf, stateOf } from "../../lib/curation/queue.ts";
import { handlerOf, writeList } from "../../lib/curation/server.ts";
import type { Dataset } from "../../lib/datasets/dataset.ts";
import { curated } from "../../lib/pairs/curated.ts";
import { inFolder } from "../in_folder.ts";
import { candidates, strange } from "./strange_images.ts";

const log = (folder: string) => join(folder, "a.decisions.jsonl");

Deno.test("decisions: on disk before they are confirmed, taken back one by one, read again", () =>
  inFolder(async (folder) => {
    {
      using decisions = await openDecisions(log(folder), strange);
      await decisions.decide([0, 1], "accept");
      await decisions.decide([2, 3], "reject");
      await decisions.decide([1, 0], "reject"); // the same pair, thought over
      strictEqual(decisions.of([0, 1]), "reject");
      deepStrictEqual(await decisions.undo(), [1, 0]);
      strictEqual(decisions.of([0, 1]), "accept");
      strictEqual((await Deno.readTextFile(log(folder))).trimEnd().split("\n").length, 1 + 4);
    }
    using decisions = await openDecisions(log(folder), strange);
    deepStrictEqual([decisions.of([1, 0]), decisions.of([2, 3])], ["accept", "reject"]);
    deepStrictEqual(await decisions.undo(), [2, 3]); // over the restart
    deepStrictEqual(await decisions.undo(), [0, 1]);
    strictEqual(await decisions.undo(), undefined);
    deepStrictEqual(decisions.all(), []);
  }));

Deno.test("decisions: a line that a kill cut off goes, another set's file stays", () =>
  inFolder(async (folder) => {
    {
      using decisions = await openDecisions(log(folder), strange);
      await decisions.decide([0, 1], "accept");
      await rejects(openDecisions(log(folder), strange), { message: /is open in another process/ });
    }
    await Deno.writeTextFile(log(folder), '{"a":"0","b":"2","verdi', { append: true });
    {
      using decisions = await openDecisions(log(folder), strange);
      deepStrictEqual(decisions.all(), [{ pair: [0, 1], verdict: "accept" }]);
      await decisions.decide([0, 2], "skip");
    }
    {
      using decisions = await openDecisions(log(folder), strange);
      strictEqual(decisions.all().length, 2);
    }
    const other = { ...strange, name: "others", hash: "another" };
    const message = /is about strange images, other images than others: give another --out/;
    await rejects(openDecisions(log(folder), other), { name: "Problem", message });
    await Deno.writeTextFile(log(folder), "{}\n");
    await rejects(openDecisions(log(folder), strange), { message: /holds no decisions/ });
    await Deno.writeTextFile(log(folder), "x\n");
    await rejects(openDecisions(log(folder), strange), { message: /line 1: .*; restore it/ });
  }));

Deno.test("queue: anchors by chance, the most similar first, of a class, until all is decided", () =>
  inFolder(async (folder) => {
    using decisions = await openDecisions(log(folder), strange);
    const queue = queueOf(candidates, { seed: 1 });
    deepStrictEqual(new Set(queue.anchors), new Set([0, 1, 2, 3, 4, 5]));
    const state = (only?: string) => stateOf(strange, queue, decisions, only);
    const first = state();
    const similar = first.candidates.map(({ similarity }) => similarity);
    deepStrictEqual(similar, similar.toSorted((a, b) => b - a));
    strictEqual(state("dog").anchor!.class, "dog");
    deepStrictEqual(first.classes, ["cat", "dog"]);
    for (let pair = 0; pair < candidates.a.length; pair++) {
      const verdict = pair < 2 ? "accept" : pair === 2 ? "skip" : "reject";
      await decisions.decide([candidates.a[pair], candidates.b[pair]], verdict);
    }
    const { anchor, counts, precision, bins } = state();
    strictEqual(anchor, null);
    const pairs = candidates.a.length;
    deepStrictEqual(counts, { accept: 2, reject: pairs - 3, skip: 1, pairs });
    strictEqual(precision.precision, 2 / (pairs - 1));
    strictEqual(bins.reduce((sum, { judged }) => sum + judged, 0), pairs - 1);
  }));

Deno.test("list: what was accepted, as curated reads it, whatever files are called", () =>
  inFolder(async (folder) => {
    using decisions = await openDecisions(log(folder), strange);
    await decisions.decide([0, 1], "accept");
    await decisions.decide([2, 3], "reject");
    await decisions.decide([4, 5], "accept");
    const list = join(folder, "a.curated.csv");
    await writeList(list, strange, decisions);
    const { semantic } = await curated(list, strange);
    deepStrictEqual([...semantic.anchors], [0, 1, 4, 5]);
    deepStrictEqual([...semantic.partners], [1, 0, 5, 4]);
  }));

Deno.test("server: nothing without the token, from another host, or outside of the images", () =>
  inFolder(async (folder) => {
    using decisions = await openDecisions(log(folder), strange);
    const curation = {
      dataset: strange as Dataset,
      queue: queueOf(candidates, { seed: 1 }),
      decisions,
    };
    const hosts = () => ["127.0.0.1:80"], list = join(folder, "list.csv");
    const handler = handlerOf({ ...curation, list }, { token: "secret", hosts });
    const ask = async (
      path: string,
      { host = "127.0.0.1:80", ...init }: RequestInit & { host?: string } = {},
    ) => {
      const response = await handler(
        new Request(`http://127.0.0.1${path}`, { ...init, headers: { host } }),
      );
      const text = await response.text();
      return { status: response.status, text, headers: response.headers };
    };
    const page = await ask("/secret/");
    deepStrictEqual([page.status, page.text.includes("Are these of one kind?")], [200, true]);
    ok(page.headers.get("content-security-policy")!.includes("default-src 'none'"));
    for (
      const path of [
        "/",
        "/state",
        "/wrong/state",
        "/secret/images/6",
        "/secret/images/-1",
        "/secret/images/..%2f..%2fdeno.json",
        "/secret/../deno.json",
        "/secret/server.ts",
        "/secret/page.js/",
        "/secret/constructor",
      ]
    ) {
      strictEqual((await ask(path)).status, 404, path);
    }
    strictEqual((await ask("/secret/state", { host: "evil.example" })).status, 404);
    const image = await ask("/secret/images/0");
    deepStrictEqual([image.status, image.headers.get("content-type")], [200, "image/png"]);
    const post = (body: string) => ask("/secret/decisions", { method: "POST", body });
    for (
      const body of [
        "",
        "{",
        "null",
        "{}",
        '{"pair":[0,0],"verdict":"accept"}',
        '{"pair":[0,9],"verdict":"accept"}',
        '{"pair":[0,1],"verdict":"delete"}',
        '{"pair":["0","1"],"verdict":"accept"}',
        '{"pair":[0.5,1],"verdict":"accept"}',
      ]
    ) {
      const { status, text } = await post(body);
      deepStrictEqual([status, text.includes("a decision is")], [400, true], body);
    }
    deepStrictEqual(decisions.all(), []);
    strictEqual((await post('{"pair":[0,1],"verdict":"accept"}')).status, 200);
    strictEqual(decisions.of([0, 1]), "accept");
    ok((await Deno.readTextFile(list)).split("\n").length === 3);
  }));

/** `deno task pairs curate`: a page on which a person says which mined pairs are right. */
import { exists } from "../base/files.ts";
import { messageOf, Problem } from "../base/problem.ts";
import { openDecisions } from "../curation/decisions.ts";
import { queueOf } from "../curation/queue.ts";
import { handlerOf, writeList } from "../curation/server.ts";
import type { Dataset } from "../datasets/dataset.ts";
import { readCandidates } from "../mining/candidate_file.ts";
import type { Flags } from "./pairs_flags.ts";
import { stemOf } from "./pairs_stem.ts";

/** A server that runs. */
export interface Served extends AsyncDisposable {
  /** What to open in a browser. */
  url: string;
  /** What it writes: the accepted pairs, and every decision. */
  list: string;
  decisions: string;
}

/**
 * Serves the page to this machine alone, until it is disposed of.
 *
 * @throws {Problem} where there are no candidates, or the port is taken
 */
export async function serveCuration(
  dataset: Dataset,
  { candidates, port, seed, ...flags }: Omit<Extract<Flags, { command: "curate" }>, "command">,
): Promise<Served> {
  const stem = stemOf(flags);
  const file = candidates ?? `${stem}.candidates.parquet`;
  if (!await exists(file)) {
    throw new Problem(
      `${file}: there are no candidates yet; deno task pairs mine ${flags.name} finds some`,
    );
  }
  const mined = await readCandidates(file, dataset);
  const [list, log] = [`${stem}.curated.csv`, `${stem}.decisions.jsonl`];
  const decisions = await openDecisions(log, dataset);
  try {
    await writeList(list, dataset, decisions); // a kill may have come between a decision and its list
    const token = crypto.randomUUID();
    const queue = queueOf(mined.candidates, { seed });
    let hosts: string[] = [];
    const handler = handlerOf({ dataset, queue, decisions, list }, { token, hosts: () => hosts });
    const server = serve(port, handler);
    const at = server.addr.port;
    hosts = [`127.0.0.1:${at}`, `localhost:${at}`];
    return {
      ...{ url: `http://127.0.0.1:${at}/${token}/`, list, decisions: log },
      [Symbol.asyncDispose]: async () => {
        await server.shutdown();
        decisions[Symbol.dispose]();
      },
    };
  } catch (error) {
    decisions[Symbol.dispose]();
    throw error;
  }
}

function serve(port: number, handler: (request: Request) => Promise<Response>) {
  try {
    return Deno.serve({ hostname: "127.0.0.1", port, onListen: () => {} }, handler);
  } catch (error) {
    throw new Problem(`port ${port}: ${messageOf(error)}; give another --port, or none`);
  }
}

/** A piece of work that any process can do: it reads and writes the store, and nothing else. */
import { messageOf, Problem } from "../../base/problem.ts";
import { LostWorker } from "../../engine/mod.ts";
import { computeAssessment } from "../assess_backbone.ts";
import type { Assessment } from "../assessment.ts";
import type { Cell } from "../cell.ts";
import { computeRun } from "../run_cell.ts";
import { computeTrial } from "../trial.ts";
import type { Watch } from "../watch.ts";

/** What is to be done, as plain JSON, and the folder of the store that results go into. */
export type Order =
  & { directory: string; name: string }
  & ({ run: Cell } | { assess: Assessment[] } | { trial: Cell });

/** The cell whose backbone an order is about. */
export function cellOf(order: Order): Cell {
  if ("run" in order) return order.run;
  return "trial" in order ? order.trial : order.assess[0].cell;
}

/**
 * Does all that an order asks for: a task that fails does not keep the others of its backbone from being
 * done.
 *
 * @returns what failed, and why, in one message; undefined where nothing did
 */
export async function perform(order: Order, watch: Watch): Promise<string | undefined> {
  const problems: string[] = [];
  for (const compute of partsOf(order, watch)) {
    try {
      await compute();
    } catch (error) {
      watch.signal?.throwIfAborted();
      if (!(error instanceof Problem) || error instanceof LostWorker) throw error;
      const message = messageOf(error);
      if (!problems.includes(message)) problems.push(message);
    }
  }
  return problems.length > 0 ? `${order.name}: ${problems.join(" · ")}` : undefined;
}

function partsOf(order: Order, watch: Watch): (() => Promise<unknown>)[] {
  const { directory } = order;
  if ("run" in order) return [() => computeRun(order.run, directory, watch)];
  if ("trial" in order) return [() => computeTrial(order.trial, directory, watch)];
  return order.assess.map((one) => () => computeAssessment(one, directory, watch));
}

/** How good the representations are: the level that gains are measured from. */
import { desc, escape, from, op, type Table } from "arquero";
import type { Accuracy } from "../study/rows.ts";

/** Mean accuracy over the seeds, in percent: a row a method and arm, a column an evaluation. */
export function accuracyTable(rows: readonly Accuracy[]): Table {
  return from([...rows])
    .groupby("method", "arm", "probe", "evaluation")
    .rollup({ accuracy: op.mean("accuracy") })
    .derive({ accuracy: escape(({ accuracy }: Accuracy) => Math.round(100 * accuracy) / 100) })
    .groupby("method", "arm", "probe")
    .pivot("evaluation", "accuracy")
    .orderby(desc("probe"), "method", "arm");
}

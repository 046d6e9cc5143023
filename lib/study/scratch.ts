import { perMethodGains } from "./design.ts";
import { run, runCell } from "./run.ts";
import { accuracies, gains } from "./gains.ts";
import { consoleProgress } from "../base/progress.ts";
const d = perMethodGains(Deno.args[0] ?? "smoke");
console.error(d.cells.length);
const t = performance.now();
const r = await runCell(d.cells[Number(Deno.args[1] ?? 1)], { progress: consoleProgress("cell") });
console.log(JSON.stringify(r, null, 1).slice(-2500), (performance.now() - t) / 1000);

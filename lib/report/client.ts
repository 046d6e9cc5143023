/** What runs in the page: draws the figures, in light or dark, and sorts the tables. */
import embed, { type EmbedOptions, type Result } from "vega-embed";

const specs = JSON.parse(document.getElementById("specs")!.textContent!);
const drawn: Result[] = [];
const root = document.documentElement;

/** Colours of axes and text where the page is dark. */
const dark = {
  background: "transparent",
  title: { color: "#e6e6e6", subtitleColor: "#b5b5b5" },
  axis: { labelColor: "#ccc", titleColor: "#ccc", gridColor: "#3a3a3a", domainColor: "#888" },
  legend: { labelColor: "#ccc", titleColor: "#ccc" },
  header: { labelColor: "#e6e6e6", titleColor: "#e6e6e6" },
  view: { stroke: "#555" },
};

const light = { background: "transparent" };

/** Colours of the figures that are too dark on dark, and what takes their place. */
const brighter = { "#0b4a8f": "#6aa9ec", "#8c3fa8": "#c58bdc", "#555": "#bbb", "#eee": "#3a3a3a" };

const brightened = (spec: object): object =>
  JSON.parse(
    Object.entries(brighter).reduce(
      (text, [colour, other]) => text.replaceAll(`"${colour}"`, `"${other}"`),
      JSON.stringify(spec),
    ),
  );

async function draw(): Promise<void> {
  delete root.dataset.drawn;
  while (drawn.length > 0) drawn.pop()!.finalize();
  const isDark = root.dataset.scheme === "dark", config = isDark ? dark : light;
  for (const [id, spec] of Object.entries(specs) as [string, object][]) {
    const shown = isDark ? brightened(spec) : spec;
    const own = { ...shown, config: { ...(spec as { config?: object }).config, ...config } };
    const options: EmbedOptions = {
      renderer: "svg",
      actions: { editor: false, source: false, compiled: false, export: true },
    };
    const place = document.getElementById(id)!;
    await embed(place, own as never, options).then(
      (result) => drawn.push(result),
      (error) => {
        place.textContent = `this figure cannot be drawn: ${error.message}`;
        console.error(id, error);
      },
    );
  }
  root.dataset.drawn = String(drawn.length);
}

/** Sorted by a column: numbers by size, the rest by letters; once more, the other way round. */
function sortBy(header: HTMLTableCellElement): void {
  const table = header.closest("table")!, body = table.tBodies[0];
  const up = header.ariaSort !== "ascending";
  for (const each of table.tHead!.rows[0].cells) each.ariaSort = null;
  header.ariaSort = up ? "ascending" : "descending";
  const text = (row: HTMLTableRowElement) => row.cells[header.cellIndex]?.textContent ?? "";
  const order = new Intl.Collator("en", { numeric: true });
  const compare = (a: HTMLTableRowElement, b: HTMLTableRowElement) => {
    const [x, y] = [text(a), text(b)], difference = Number(x || NaN) - Number(y || NaN);
    return Number.isNaN(difference) ? order.compare(x, y) : difference;
  };
  const sorted = [...body.rows].sort((a, b) => up ? compare(a, b) : compare(b, a));
  body.append(...sorted);
}

for (const header of document.querySelectorAll<HTMLTableCellElement>("thead th")) {
  header.addEventListener("click", () => sortBy(header));
}

const wants = matchMedia("(prefers-color-scheme: dark)");
let turn = Promise.resolve(); // a drawing ends before the next one begins
const show = (isDark: boolean) => {
  root.dataset.scheme = isDark ? "dark" : "light";
  return turn = turn.then(draw, draw);
};
document.getElementById("scheme")!.addEventListener(
  "click",
  () => show(root.dataset.scheme !== "dark"),
);
wants.addEventListener("change", () => show(wants.matches));
await show(wants.matches);

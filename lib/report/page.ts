/** The report as one HTML page that needs nothing else: no network, no other file. */
import { marked } from "marked";
import type { Contents, ReportFigure, Section } from "./contents.ts";

/**
 * The page.
 *
 * @param assets the style sheet, and the script that draws the figures and sorts the tables
 */
export function page(
  { claims, sections }: Contents,
  { style, script }: { style: string; script: string },
): string {
  const figures = sections.flatMap(({ figures }) => figures);
  const specs = Object.fromEntries(figures.map(({ id, spec }) => [id, spec]));
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>semantic-pairs: the report</title>
<style>${style}</style>
</head>
<body>
<header>
<h1>What should a positive pair be?</h1>
<p>Two views of one image, or two images of one class: everything else equal, what does the second
kind add? Every number on this page was computed by the study's notebooks.</p>
<nav>${sections.map(({ id, title }) => `<a href="#${id}">${escape(title)}</a>`).join(" ")}</nav>
<button id="scheme" type="button" aria-label="switch between light and dark">light / dark</button>
</header>
<main>
<section id="claims">
<h2>The claims</h2>
<p><b>Supported</b>: more than half of a claim's tests are, and none is contradicted; <b>partly</b>:
fewer are; <b>mixed</b>: some are supported, some contradicted. Each test is corrected for all others
of its family: those of its figure, or of its claim where a figure tests two.</p>
${
    table(
      ["claim", "profile", "verdict", "tests", "supported", "not shown", "contradicted"],
      claims.map((row) => [
        ...[row.note ? `${row.claim} (${row.note})` : row.claim, row.profile],
        ...[row.summary, `${row.tests}`],
        ...[`${row.supported}`, `${row.notShown}`, `${row.contradicted}`],
      ]),
    )
  }
</section>
${sections.map(sectionOf).join("\n")}
</main>
<script type="application/json" id="specs">${json(specs)}</script>
<script type="module">${script.replaceAll("</script", "<\\/script")}</script>
</body>
</html>
`;
}

function sectionOf({ id, title, text, figures }: Section): string {
  return `<section id="${id}">
<h2>${escape(title)}</h2>
${marked.parse(withoutLinks(text), { async: false })}
${figures.map(figureOf).join("\n")}
</section>`;
}

function figureOf({ id, profile, columns, rows }: ReportFigure): string {
  return `<figure>
<div class="chart" id="${escape(id)}" role="img"></div>
<figcaption>${escape(profile)} profile</figcaption>
<details><summary>the table behind it, ${rows.length} rows</summary>${
    table(columns, rows)
  }</details>
</figure>`;
}

/** Links of a notebook lead to its neighbours, which are not beside the page: their text stays. */
const withoutLinks = (text: string) => text.replaceAll(/\[([^\]]*)\]\((?!https?:)[^)]*\)/g, "$1");

/** A table that is sorted by a click on a column's name. */
function table(columns: readonly string[], rows: readonly (readonly string[])[]): string {
  const head = columns.map((name) =>
    `<th scope="col"><button type="button">${escape(name)}</button></th>`
  );
  const body = rows.map((row) => `<tr>${row.map(cell).join("")}</tr>`);
  return `<div class="table"><table><thead><tr>${head.join("")}</tr></thead>
<tbody>${body.join("\n")}</tbody></table></div>`;
}

function cell(value: string): string {
  const isNumber = value !== "" && Number.isFinite(Number(value));
  const verdict = /^(partly )?(supported|contradicted)$|^mixed$/.test(value)
    ? ` class="${value.replace("partly ", "partly-")}"`
    : "";
  return isNumber
    ? `<td class="number">${shortened(value)}</td>`
    : `<td${verdict}>${escape(value)}</td>`;
}

/** Four digits: p values are small, accuracies are not. */
const shortened = (value: string) => String(Number(Number(value).toPrecision(4)));

const escape = (text: string) =>
  text.replaceAll(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);

/** JSON that cannot end its script element. */
const json = (value: unknown) => JSON.stringify(value).replaceAll("<", "\\u003c");

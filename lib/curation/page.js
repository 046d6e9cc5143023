// @ts-check
/** What runs in the curation page: shows a state, sends a decision, shows the next. */

/** @typedef {import("./queue.ts").State} State */
/** @typedef {import("./decisions.ts").Verdict} Verdict */

/** @param {string} selector @returns {any} */
const find = (selector) => document.querySelector(selector);

/** @type {State | undefined} */
let state;
/** Which candidate a key is about. */
let current = 0;
/** A decision is under way: keys wait for what is shown next, for nobody judges what is not seen. */
let busy = false;

/** @param {number} share */
const percent = (share) => `${(100 * share).toFixed(0)} %`;

/**
 * Asks the server, and shows the state that it answers with.
 *
 * @param {string} path
 * @param {object} [body] of a decision
 */
async function ask(path, body) {
  if (busy) return;
  busy = true;
  const only = find("#classes").value, problem = find("#problem");
  try {
    const url = `${path}${only ? `?class=${encodeURIComponent(only)}` : ""}`;
    const response = await fetch(url, body && { method: "POST", body: JSON.stringify(body) });
    const answer = await response.json();
    if (!response.ok) throw new Error(answer);
    show(answer);
    problem.hidden = true;
  } catch (error) {
    const reason = error instanceof Error ? error.message : error;
    problem.textContent = `${
      body ? "Not stored" : "Not loaded"
    }: ${reason}. Is the server still running?`;
    problem.hidden = false;
  } finally {
    busy = false;
  }
}

/** @param {State} next */
function show(next) {
  const { anchor, candidates, counts, precision, bins, classes } = next;
  state = next;
  current = Math.max(0, candidates.findIndex(({ verdict }) => verdict === null));
  const decided = counts.accept + counts.reject + counts.skip;
  find("#progress").textContent = `${next.dataset}: ${decided} of ${counts.pairs} pairs decided, ` +
    `${counts.accept} accepted, ${counts.reject} rejected, ${counts.skip} skipped`;
  find("#precision").textContent = precision.precision === null
    ? "Precision: nothing is judged yet"
    : `Precision ${percent(precision.precision)}, 95 % interval ${percent(precision.low)} to ` +
      `${percent(precision.high)}, of ${precision.judged} judged pairs`;
  find("#bins").replaceChildren(...bins.map((bin) =>
    row([
      `${bin.from.toFixed(2)} to ${bin.to.toFixed(2)}`,
      bin.pairs,
      bin.judged,
      bin.precision === null ? "" : percent(bin.precision),
      bin.judged === 0 ? "" : `${percent(bin.low)} to ${percent(bin.high)}`,
    ])
  ));
  if (find("#classes").options.length === 1) {
    find("#classes").append(...classes.map((name) => new Option(name, name)));
  }
  find("#done").hidden = anchor !== null;
  find("#anchor").hidden = anchor === null;
  if (anchor) {
    find("#anchor img").src = `images/${anchor.image}`;
    find("#anchor figcaption").textContent = captionOf(anchor);
  }
  find("#candidates").replaceChildren(...candidates.map(candidateOf));
  mark();
}

/** @param {State["candidates"][0]} candidate @param {number} place */
function candidateOf({ similarity, verdict, ...shown }, place) {
  const item = document.createElement("li"), picture = new Image();
  const text = document.createElement("small");
  picture.src = `images/${shown.image}`;
  picture.alt = `candidate ${place + 1}`;
  text.textContent = `${similarity.toFixed(3)}  ${captionOf(shown)}`;
  if (verdict) item.dataset.verdict = verdict;
  item.append(picture, text);
  item.addEventListener("click", () => {
    current = place;
    mark();
  });
  return item;
}

/** Names are whatever files are called: they are shown as text.
 * @param {{ name: string, class: string | null }} shown */
const captionOf = ({ name, class: label }) => label === null ? name : `${label}: ${name}`;

/** @param {(string | number)[]} cells */
function row(cells) {
  const line = document.createElement("tr");
  for (const cell of cells) line.insertCell().textContent = String(cell);
  return line;
}

function mark() {
  [...find("#candidates").children].forEach((item, place) =>
    item.setAttribute("aria-current", String(place === current))
  );
}

/** @param {Verdict} verdict */
function decide(verdict) {
  if (!state?.anchor) return;
  ask("decisions", { pair: [state.anchor.image, state.candidates[current].image], verdict });
}

/** @param {number} by */
function move(by) {
  const count = state?.candidates.length ?? 0;
  if (count > 0) current = (current + by + count) % count;
  mark();
}

/** @type {Record<string, () => void>} */
const keys = {
  a: () => decide("accept"),
  r: () => decide("reject"),
  s: () => decide("skip"),
  u: () => ask("undo", {}),
  ArrowLeft: () => move(-1),
  ArrowRight: () => move(1),
};

document.addEventListener("keydown", (event) => {
  const { target, key, ctrlKey, metaKey, altKey, repeat } = event;
  if (ctrlKey || metaKey || altKey || repeat || target instanceof HTMLSelectElement) return;
  const act = keys[key.length === 1 ? key.toLowerCase() : key];
  if (!act) return;
  event.preventDefault();
  act();
});
for (const button of document.querySelectorAll("button[data-verdict]")) {
  button.addEventListener("click", () => decide(/** @type {any} */ (button).dataset.verdict));
}
find("#undo").addEventListener("click", () => ask("undo", {}));
find("#classes").addEventListener("change", () => {
  find("#classes").blur(); // keys are for the candidates again
  ask("state");
});
ask("state");

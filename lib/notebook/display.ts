/** How notebooks show things; in a plain script the same calls print text. */
import { type Bundle, bundleOf, isDisplayable, textOf } from "./bundle.ts";
export { type Displayable, markdown, picture } from "./bundle.ts";
export { notebookProgress, progressFor } from "./notebook_progress.ts";
import { broadcast, inNotebook } from "./front_end.ts";

/**
 * Shows a value where the cell stands: a Vega-Lite spec as a plot, an Arquero table, a record or a
 * list of records as a table, {@link markdown}, a {@link picture}; anything else as text.
 *
 * @example
 * ```ts
 * import { markdown, show } from "./display.ts";
 * await show([{ method: "SimCLR", gain: 4.3 }, { method: "Barlow Twins", gain: 5.5 }]);
 * await show(markdown("Points are **seeds**."));
 * ```
 */
export async function show(value: unknown): Promise<void> {
  if (inNotebook()) return await broadcast("display_data", { data: await bundleOf(value) });
  const bundle: Bundle = isDisplayable(value) ? await bundleOf(value) : {};
  console.log(bundle["text/plain"] ?? textOf(value));
}

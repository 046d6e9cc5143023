/** The front end that shows this process's notebook, if it is a kernel. */

/** Whether this process is a Jupyter kernel. */
export function inNotebook(): boolean {
  try {
    return typeof Deno.jupyter.broadcast === "function";
  } catch {
    return false; // outside of a kernel even looking throws
  }
}

/**
 * Sends a display to all who watch the notebook.
 *
 * @param displayId names a display that may be updated later
 */
export async function broadcast(
  type: "display_data" | "update_display_data",
  { data, metadata = {}, displayId }: {
    data: Record<string, unknown>;
    metadata?: Record<string, unknown>;
    displayId?: string;
  },
): Promise<void> {
  const transient = displayId ? { display_id: displayId } : {};
  await Deno.jupyter.broadcast(type, { data, metadata, transient });
}

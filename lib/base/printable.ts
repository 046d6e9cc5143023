/** Text that others wrote, such as the names of files and classes, made fit to be shown. */

/** Control characters, which move cursors and break XML, become U+FFFD. */
export function printable(text: string): string {
  // deno-lint-ignore no-control-regex -- they are what is looked for
  return text.replaceAll(/[\x00-\x1f\x7f-\x9f]/g, "\ufffd");
}

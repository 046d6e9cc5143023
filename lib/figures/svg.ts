/** What pictures that are composed as SVG share. */

import { printable } from "../base/printable.ts";

/** Text as it may stand in SVG, whatever a class is called. */
export function escapeXml(text: string): string {
  return printable(text).replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;");
}

/**
 * A strip of square pictures, one below the other, as something to show parts of.
 *
 * @param png `count` pictures of `side` pixels
 * @returns the definition, and a function that shows picture i at a place
 */
export function strip(
  id: string,
  png: Uint8Array,
  { side, count }: { side: number; count: number },
): { definition: string; show(i: number, x: number, y: number): string } {
  const definition = `<defs><g id="${id}"><image width="${side}" height="${side * count}" ` +
    `href="data:image/png;base64,${png.toBase64()}"/></g></defs>`;
  const show = (i: number, x: number, y: number) =>
    `<svg x="${x}" y="${y}" width="${side}" height="${side}" ` +
    `viewBox="0 ${i * side} ${side} ${side}"><use href="#${id}"/></svg>`;
  return { definition, show };
}

/** A class's name where there is little room; synset numbers say nothing there. */
export function shortName(name: string, most = 14): string {
  const plain = name.replace(/^n\d{8} /, "");
  return plain.length > most ? `${plain.slice(0, most - 1)}…` : plain;
}

/** The features of invariance.py: of images that lie around five classes and three backgrounds. */
import type { Features } from "../../lib/evaluation/features.ts";
import { uniform } from "../vectors/inputs.ts";

const n = 120, width = 6;

/** Row i is of class i mod 5 on background i mod 3. */
export function original(): Features {
  const centres = uniform("classes", 5 * width);
  const backgrounds = uniform("backgrounds", 3 * width, -0.5, 0.5);
  const values = uniform("noise", n * width, -0.5, 0.5).map((noise, at) => {
    const i = Math.floor(at / width), c = at % width;
    const placed = Math.fround(centres[i % 5 * width + c] + backgrounds[i % 3 * width + c]);
    return placed + noise;
  });
  return { values, width, labels: Int32Array.from({ length: n }, (_, i) => i % 5), classes: 5 };
}

/** The same images, changed a little. */
export function changed(): Features {
  const given = original(), change = uniform("change", n * width, -0.4, 0.4);
  return { ...given, values: given.values.map((v, at) => v + change[at]) };
}

/** Some of the columns; `left` and `right` add as many zeros beside them. */
export function columns(
  { values, labels, classes }: Features,
  first: number,
  { left = 0, right = 0 } = {},
): Features {
  const wide = left + first + right;
  const cut = Float32Array.from({ length: n * wide }, (_, at) => {
    const c = at % wide - left;
    return c < 0 || c >= first ? 0 : values[Math.floor(at / wide) * width + c];
  });
  return { values: cut, width: wide, labels, classes };
}

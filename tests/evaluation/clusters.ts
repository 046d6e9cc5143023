/** The blurred clusters of evaluation.py as features. */
import type { Features } from "../../lib/evaluation/features.ts";
import { uniform } from "../vectors/inputs.ts";

const width = 8, classes = 7;

/** n rows around the centres of seven classes; row i is of class i mod 7. */
export function clusters(name: string, n: number): Features {
  const centres = uniform("centres", classes * width);
  const labels = Int32Array.from({ length: n }, (_, i) => i % classes);
  const values = uniform(name, n * width, -2.5, 2.5)
    .map((v, at) => v + centres[labels[Math.floor(at / width)] * width + at % width]);
  return { values, width, labels, classes };
}

/** Rows of the given classes around their centres; `constant` is a feature that is 1.5 for all. */
export function blurred(
  name: string,
  labels: number[],
  { blur, constant }: { blur: number; constant?: number },
): Features {
  const centres = uniform("centres", classes * width);
  const values = uniform(name, labels.length * width, -blur, blur).map((v, at) => {
    const feature = at % width;
    return feature === constant
      ? 1.5
      : v + centres[labels[Math.floor(at / width)] * width + feature];
  });
  return { values, width, labels: Int32Array.from(labels), classes };
}

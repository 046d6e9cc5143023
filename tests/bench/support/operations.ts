/** How many floating-point operations the operations of a training step stand for. */
import type { OperationTime } from "../../../lib/engine/profile.ts";

const product = (shape: readonly number[]) => shape.reduce((size, side) => size * side, 1);

/**
 * Additions and multiplications of a convolution or a matrix product; 0 for all others, which wait
 * for memory. A convolution by Winograd's transforms counts as the direct one that it stands for.
 */
export function floatingPointOperations(
  { name, inputs, output }: Pick<OperationTime, "name" | "inputs" | "output">,
): number {
  const perOutput = ([height, width, channels]: readonly number[]) => 2 * height * width * channels;
  if (name === "Conv2D") return product(output) * perOutput(inputs[1]);
  if (name === "Conv2DBackpropInput") return product(inputs[2]) * perOutput(inputs[1]);
  if (name === "Conv2DBackpropFilter") return product(inputs[2]) * perOutput(output);
  if (name === "BatchMatMulV2") { // the first matrix may be given transposed
    return 2 * product(output) * product(inputs[0]) / product(output.slice(0, -1));
  }
  if (name !== "MapDefun") return 0; // only Winograd's are in a step: [chunks, images, …]
  const [, kernel] = inputs;
  const gradient = kernel.length === 5;
  return gradient
    ? product(kernel) * perOutput(output.slice(1))
    : product(output) * perOutput([3, 3, kernel[1]]);
}

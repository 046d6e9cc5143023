/** Views of images that stay in JPEG files until a view of them is made. */
import { messageOf, Problem } from "../base/problem.ts";
import type { StreamedImage } from "../datasets/dataset.ts";
import { engineInfo, tf } from "../engine/mod.ts";
import type { MakeViews } from "./held.ts";
import { renderGroups } from "./groups.ts";
import { drawView, type ViewParameters } from "./parameters.ts";
import type { Policy } from "./policy.ts";

/**
 * Makes views of streamed images; all files of a batch are read at the same time.
 *
 * @throws {Problem} on WebGPU, and naming the image whose file cannot be decoded
 */
export function streamedViews(policy: Policy): MakeViews {
  const { name } = engineInfo();
  return async (images, indices, prng, { from, until }) => {
    if (name !== "tensorflow") {
      throw new Problem(
        `${images.name}: streaming needs TensorFlow, but the engine is ${name}: unset ENGINE, or ` +
          "hold the set in memory",
      );
    }
    const stream = images.stream!;
    const drawn = indices.map((image) => {
      const extent = stream.extent(image);
      return { image, extent, parameters: drawView(policy, prng, extent) };
    }).slice(from, until);
    const views = await Promise.all(drawn.map(async ({ image, ...view }) => ({
      ...view,
      file: await stream.read(image),
      of: `${images.name}: image ${images.id?.(image) ?? image}`,
    })));
    try {
      return await render(policy, views);
    } catch (error) {
      throw await blame(error, policy, views);
    }
  };
}

/** A view that is to be made, and what to call its image. */
interface View {
  of: string;
  file: StreamedImage;
  extent: { height: number; width: number };
  parameters: ViewParameters;
}

async function render(policy: Policy, views: View[]): Promise<tf.Tensor4D> {
  const jpegs = views.map(({ file }) => file.jpeg) as unknown as string[]; // bytes are strings too
  const pixels = tf.tensor1d(jpegs, "string");
  try {
    return await renderGroups(policy, {
      ...{ pixels, kind: "jpeg" },
      extents: views.map(({ extent }) => extent),
      frames: views.map(({ file }) => file.frame),
    }, views.map(({ parameters }) => parameters));
  } finally {
    pixels.dispose();
  }
}

/** A batch fails as one: renders its views one by one to find the image that is to blame. */
async function blame(error: unknown, policy: Policy, views: View[]): Promise<unknown> {
  for (const view of views) {
    try {
      (await render(policy, [view])).dispose();
    } catch (error) {
      return new Problem(
        `${view.of} cannot be decoded (${reasonOf(error)}): replace its file or leave it out, ` +
          "then import the data anew",
      );
    }
  }
  return error;
}

/** The first sentence of TensorFlow's message, without the names of functions and nodes. */
function reasonOf(error: unknown): string {
  return messageOf(error).replace(/^MapDefun: /, "").split("\n")[0].replace(/\.$/, "");
}

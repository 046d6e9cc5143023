/**
 * Makes views in a process of its own, for what only shows there.
 *
 *   deno run -A streamed_child.ts hash             a hash of views, held and streamed
 *   deno run -A streamed_child.ts memory           what is alive after 40 batches and after 200
 */
import { sha256 } from "../../lib/base/hash.ts";
import { prng } from "../../lib/base/prng.ts";
import { dispose, liveTensors } from "../../lib/engine/mod.ts";
import { simclr } from "../../lib/views/policy.ts";
import { makeViews } from "../../lib/views/views.ts";
import { held, jpegOf, streamOf } from "./jpeg_set.ts";

const side = 200;
const files = await Promise.all([1, 2, 3, 4, 5, 6].map(async (seed) => ({
  ...{ jpeg: await jpegOf(seed, side, side), height: side, width: side },
})));
const streamed = streamOf(files);

if (Deno.args[0] === "hash") {
  const images = await held(streamed, files.length, side);
  const indices = Array.from({ length: 40 }, (_, i) => i % files.length);
  const hashes = [];
  for (const [set, size] of [[images, 32], [images, 64], [streamed, 32], [streamed, 96]] as const) {
    const views = await makeViews({ ...simclr(size), solarize: 0.2 })(set, indices, prng(3));
    const values = await views.data() as Float32Array;
    hashes.push(sha256(new Uint8Array(values.buffer, values.byteOffset, values.byteLength)));
    views.dispose();
  }
  console.log(JSON.stringify(hashes));
} else {
  const large = new Uint8Array(100_000); // what follows a file's end is read and handed over with it
  const stream = {
    ...streamed.stream,
    read: async (i: number) => {
      const { jpeg, frame } = await streamed.stream.read(i);
      const padded = large.slice();
      padded.set(jpeg);
      return { jpeg: padded, frame };
    },
  };
  const views = makeViews(simclr(64));
  const indices = Array.from({ length: 24 }, (_, i) => i % files.length);
  const report = [];
  for (let step = 1; step <= 200; step++) {
    dispose(await views({ ...streamed, stream }, indices, prng(step)));
    if (step === 40 || step === 200) {
      report.push({ ...liveTensors(), rss: Deno.memoryUsage().rss });
    }
  }
  console.log(JSON.stringify(report));
}

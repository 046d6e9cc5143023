import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { join } from "@std/path";
import { emojiScenes } from "../../lib/datasets/emoji_scenes.ts";
import { imageFolder } from "../../lib/datasets/image_folder.ts";
import { writeFolder } from "../../lib/datasets/write_folder.ts";

Deno.test("images that are written to a folder are read back, pixel by pixel", async () => {
  const { pretraining } = await emojiScenes({ concepts: 3, heldOutConcepts: 1, scenes: 6 });
  const folder = await Deno.makeTempDir();
  try {
    await writeFolder(pretraining, folder, { perClass: 4 });
    const read = await imageFolder(folder, { size: 32 });
    strictEqual(read.length, 3 * 4);
    deepStrictEqual([...read.classes], [...pretraining.classes].sort());
    for (let i = 0; i < read.length; i++) {
      const [name, file] = read.id!(i).split("/").slice(-2);
      const original = Number(file.replace(".png", ""));
      strictEqual(name, pretraining.classes[pretraining.label(original)]);
      deepStrictEqual(read.image(i).data, pretraining.image(original).data);
    }
    const [kept] = [...Deno.readDirSync(join(folder, read.classes[0]))];
    const path = join(folder, read.classes[0], kept.name);
    await Deno.writeTextFile(path, "mine");
    await writeFolder(pretraining, folder);
    strictEqual(await Deno.readTextFile(path), "mine"); // what is there stays
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

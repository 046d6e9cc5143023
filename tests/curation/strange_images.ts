/** Six images whose names try everything, and candidates of them. */
import type { Dataset } from "../../lib/datasets/dataset.ts";
import type { Candidates } from "../../lib/pairs/mined.ts";

const names = [
  "cat/plain.jpg",
  'cat/"quoted", with a comma.jpg',
  "cat/<img src=x onerror=document.title='hacked'>.jpg",
  "dog/../../../etc/passwd",
  "dog/two\nlines.jpg",
  "dog/=1+1 <script>document.title='hacked'</script>.jpg",
];

/** Each of one colour. */
export const strange: Dataset = {
  name: "strange images",
  classes: ["cat", "dog"],
  length: names.length,
  hash: "strange",
  image: (i) => ({
    data: Uint8Array.from({ length: 3 * 64 }, (_, at) => 40 * i + 10 * Math.floor(at / 64)),
    ...{ height: 8, width: 8 },
  }),
  label: (i) => i < 3 ? 0 : 1,
  id: (i) => names[i],
};

/** Two right ones at the head, then others. */
export const candidates: Candidates = {
  a: Int32Array.of(0, 4, 1, 2, 0, 3),
  b: Int32Array.of(1, 5, 2, 3, 3, 5),
  similarity: Float32Array.of(0.9, 0.8, 0.7, 0.6, 0.5, 0.4),
};

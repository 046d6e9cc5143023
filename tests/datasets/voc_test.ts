import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { voc } from "../../lib/datasets/voc.ts";
import { memoryTree, namesTree } from "./memory_tree.ts";
import { refused } from "./refused.ts";
import { vectors } from "./source_vectors.ts";

const { files, splits } = vectors.sets.voc;

const object = (name: string, [left, top, right, bottom]: unknown[], more = "") =>
  `<object><name>${name}</name>${more}<bndbox><xmin>${left}</xmin><ymin>${top}</ymin>` +
  `<xmax>${right}</xmax><ymax>${bottom}</ymax></bndbox></object>`;

/** A year with one training image, annotated so. */
const withAnnotation = (xml: string, more: Record<string, string> = {}) =>
  memoryTree({
    "VOC2007/JPEGImages/1.jpg": "",
    "VOC2007/Annotations/1.xml": xml,
    "VOC2007/ImageSets/Main/train.txt": "1\n",
    ...more,
  });

Deno.test("voc: both years, splits and boxes as torchvision reads them", async () => {
  const tree = memoryTree(files);
  ok(voc.recognises(tree));
  const listing = await voc.list(tree);
  deepStrictEqual(listing.skipped, []);
  deepStrictEqual(Object.keys(listing.splits), ["train", "val", "test"]);
  for (const [split, expected] of Object.entries(splits)) {
    const read = listing.splits[split].map(({ id, file, boxes = [] }) => {
      strictEqual(tree.names[file], `VOCdevkit/${id}`);
      const corners = boxes.map(({ label, x, y, width, height, difficult }) => [
        ...[listing.classes[label], x + 1, y + 1, x + width, y + height],
        Number(difficult ?? false),
      ]);
      return { id, corners };
    });
    deepStrictEqual(read, expected);
  }
});

Deno.test("voc: an image has the classes of its objects, the largest first", async () => {
  const { classes, splits } = await voc.list(memoryTree(files));
  strictEqual(classes.length, 20);
  deepStrictEqual(classes, classes.toSorted());
  const named = Object.values(splits).flat().map(({ id, labels }) => [
    id.slice(-10, -4),
    ...labels.map((label) => classes[label]),
  ]);
  deepStrictEqual(Object.fromEntries(named.map(([id, ...of]) => [id, of])), {
    "000012": [], // its only object is difficult
    "000003": ["train", "person"],
    "000005": ["person", "dog"], // and a difficult cat, larger than both
    "000007": ["car"],
    "000002": ["tvmonitor"],
    "000001": ["dog"],
  });
});

Deno.test("voc: ids keep the year where it is the only folder", async () => {
  const { splits } = await voc.list(withAnnotation("<annotation/>"));
  strictEqual(splits.train[0].id, "VOC2007/JPEGImages/1.jpg");
});

Deno.test("voc: another class than the twenty makes its own list of classes", async () => {
  const xml = `<annotation>${object("zebra", [1, 1, 2, 2])}${
    object("ant", [1, 1, 9, 9])
  }</annotation>`;
  const { classes, splits } = await voc.list(withAnnotation(xml));
  deepStrictEqual(classes, ["ant", "zebra"]);
  deepStrictEqual(splits.train[0].labels, [0, 1]);
});

Deno.test("voc: trainval alone is train", async () => {
  const { splits } = await voc.list(memoryTree({
    "VOC2007/JPEGImages/1.jpg": "",
    "VOC2007/Annotations/1.xml": "<annotation/>",
    "VOC2007/ImageSets/Main/trainval.txt": "1\n",
  }));
  deepStrictEqual(Object.keys(splits), ["train"]);
});

Deno.test("voc: test images of a year that has no annotations for them are unlabeled", async () => {
  const more = { "VOC2007/JPEGImages/2.jpg": "", "VOC2007/ImageSets/Main/test.txt": "2\n" };
  const { splits, skipped } = await voc.list(withAnnotation("<annotation/>", more));
  deepStrictEqual(splits.unlabeled.map(({ labels, boxes }) => [labels, boxes]), [[[], undefined]]);
  strictEqual(splits.test, undefined, "where another year has annotations, none would be empty");
  deepStrictEqual(skipped, []);
});

Deno.test("voc: what is in no list, not there or not annotated is reported", async () => {
  const more = {
    "VOC2007/JPEGImages/2.jpg": "",
    "VOC2007/JPEGImages/3.jpg": "",
    "VOC2007/ImageSets/Main/val.txt": "3\n4\n",
  };
  const { splits, skipped } = await voc.list(withAnnotation("<annotation/>", more));
  strictEqual(Object.values(splits).flat().length, 1);
  deepStrictEqual(skipped.map(({ name, reason }) => `${name.slice(-5)}: ${reason}`), [
    "2.jpg: in no list of ImageSets/Main",
    "3.jpg: without an annotation",
    "4.jpg: in a list of val images, but not there",
  ]);
});

Deno.test("voc: an image whose annotation is broken is reported with the reason", async () => {
  const wrapped = (inner: string) => `<annotation>${inner}</annotation>`;
  const broken: [string, RegExp][] = [
    ["", /Start tag expected|no <annotation>/],
    ["<annotation><object>", /Invalid/],
    ["not XML", /./],
    ["<html/>", /no <annotation>/],
    [wrapped("<object><name>dog</name></object>"), /the box of dog is none/],
    [wrapped("<object/>"), /an object without a name/],
    [wrapped(object("", [1, 1, 2, 2])), /an object without a name/],
    ...[["x", 1, 2, 2], [1, 1, 0, 5], [1, 9, 5, 3], [1, 1, "Infinity", 2], ["", "", "", ""]]
      .map((corners): [string, RegExp] => [wrapped(object("dog", corners)), /the box of dog/]),
  ];
  for (const [xml, reason] of broken) {
    const { splits, skipped } = await voc.list(withAnnotation(xml));
    deepStrictEqual(splits, {}, xml);
    strictEqual(skipped.length, 1);
    strictEqual(skipped[0].name, "VOC2007/JPEGImages/1.jpg");
    ok(skipped[0].reason.startsWith("VOC2007/Annotations/1.xml is no annotation of VOC: "), xml);
    ok(reason.test(skipped[0].reason) && !skipped[0].reason.includes("\n"), skipped[0].reason);
  }
});

Deno.test("voc: entities are not expanded, nor files read", async () => {
  const entities = Array.from(
    { length: 9 },
    (_, k) => `<!ENTITY e${k + 1} "${`&e${k};`.repeat(10)}">`,
  ).join("");
  const doctype =
    `<!DOCTYPE a [<!ENTITY e0 "ha">${entities}<!ENTITY f SYSTEM "file:///etc/passwd">]>`;
  for (const entity of ["&e9;", "&f;"]) {
    const xml = `${doctype}<annotation>${object(entity, [1, 1, 2, 2])}</annotation>`;
    const { classes, skipped } = await voc.list(withAnnotation(xml));
    ok(skipped.length === 1 || classes.join() === entity, JSON.stringify([skipped, classes]));
  }
});

Deno.test("voc: deep nesting and names of JavaScript's own do no harm", async () => {
  const deep = `<annotation>${"<a>".repeat(1e5)}${"</a>".repeat(1e5)}</annotation>`;
  strictEqual((await voc.list(withAnnotation(deep))).skipped.length, 1);
  const xml = `<annotation><__proto__><object/></__proto__>${object("__proto__", [1, 1, 2, 2])}` +
    "</annotation>";
  const { classes, skipped } = await voc.list(withAnnotation(xml));
  ok(skipped.length === 1 || classes[0] === "__proto__");
  strictEqual(({} as { object?: unknown }).object, undefined);
});

Deno.test("voc: an image in two splits, and no list at all, are refused", async () => {
  const list = (name: string) => `VOC2007/ImageSets/Main/${name}.txt`;
  for (const other of ["val", "test"]) {
    const tree = withAnnotation("<annotation/>", { [list(other)]: "1\n" });
    await refused(voc, tree, new RegExp(`image 1 is in both train.txt and ${other}.txt`));
  }
  const both = memoryTree({ ...files, "VOCdevkit/VOC2007/ImageSets/Main/trainval.txt": "000001" });
  await refused(voc, both, /image 000001 is in both test.txt and trainval.txt/);
  const names = ["VOC2007/JPEGImages/1.jpg", "VOC2007/ImageSets/Main/dog_train.txt"];
  await refused(voc, namesTree(names), /has none of train.txt, val.txt, trainval.txt, test.txt/);
  await refused(voc, namesTree(names.slice(0, 1)), /has no JPEGImages beside ImageSets\/Main/);
});

import { ok, rejects } from "node:assert/strict";
import { dispose } from "../../lib/engine/mod.ts";
import { probe } from "../../lib/evaluation/probe.ts";
import { resnet, type ResNetConfig } from "../../lib/models/resnet.ts";
import { initialBackbone } from "../../lib/training/fit.ts";
import { toyDataset } from "../training/toy.ts";

const config: ResNetConfig = {
  architecture: "resnet",
  block: "basic",
  blocks: [1],
  width: 8,
  stem: "strided",
};
const settings = { size: 32, seed: 1 };

Deno.test("probe tells colours apart by the features of an untrained backbone", async () => {
  const backbone = initialBackbone(config, 1);
  const fit = toyDataset(80), test = toyDataset(16);
  const { kNN, linear } = await probe(resnet(config), backbone, { fit, test, ...settings });
  dispose(backbone);
  ok(kNN > 0.9 && linear > 0.9, `kNN ${kNN}, linear ${linear}`);
});

Deno.test("probe refuses two data sets with other classes", async () => {
  const backbone = initialBackbone(config, 1);
  const fit = { ...toyDataset(8), name: "train" };
  const renamed = (...classes: string[]) => ({ ...toyDataset(8), name: "test", classes });
  const refuses = (test: typeof fit, message: RegExp) =>
    rejects(probe(resnet(config), backbone, { fit, test, ...settings }), message);
  await refuses(
    renamed("red", "green", "blue", "white"),
    /train and test differ in their classes \("grey", which only one of them has\): give both/,
  );
  await refuses(renamed("green", "red", "blue", "grey"), /\(their order\)/);
  dispose(backbone);
});

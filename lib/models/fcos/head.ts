/** The head of FCOS, shared by all levels of the feature pyramid. */
import { tf } from "../../engine/mod.ts";
import { branch, chain } from "../compose.ts";
import type { Predictions } from "./loss.ts";
import { conv, groupNorm, relu } from "../layers.ts";
import type { Layer, Variables } from "../model.ts";

/** What an untrained head thinks of each class at each location. */
const prior = 0.01;

/** Channels that are normalised together: with the paper's 256, 32 groups. */
const group = 8;

/**
 * Two towers of 3x3 convolutions with group norm, one for classes, one for boxes and centre-ness;
 * initial weights and structure are torchvision's FCOSHead's.
 *
 * @param options.channels of the maps and of the towers, a multiple of 8
 * @param options.convs convolutions of a tower
 */
export function fcosHead(
  { classes, channels, convs }: { classes: number; channels: number; convs: number },
): { init: Layer["init"]; apply(variables: Variables, maps: tf.Tensor4D[]): Predictions } {
  const small = (outputs: number, bias: number) =>
    conv(channels, outputs, { kernel: 3, deviation: 0.01, bias });
  const tower = () => {
    const layers = Array.from(
      { length: convs },
      () => [small(channels, 0), groupNorm(channels / group, channels), relu],
    );
    return chain(Object.fromEntries(layers.flat().entries()));
  };
  const parts = {
    class_tower: tower(),
    box_tower: tower(),
    cls_logits: small(classes, -Math.log((1 - prior) / prior)),
    bbox_reg: small(4, 0),
    bbox_ctrness: small(1, 0),
  };
  return {
    init: chain(parts).init,
    apply: (variables, maps) => {
      const through = (name: keyof typeof parts, x: tf.Tensor) =>
        parts[name].apply(branch(variables, name), x, { training: true }).y;
      const rows = (x: tf.Tensor) => x.reshape([x.shape[0], -1, x.shape[3]!]); // [n, h w, c]
      const levels = maps.map((map) => {
        const [kinds, places] = [through("class_tower", map), through("box_tower", map)];
        return {
          logits: rows(through("cls_logits", kinds)),
          distances: rows(tf.relu(through("bbox_reg", places))),
          centerness: rows(through("bbox_ctrness", places)).squeeze([2]),
        };
      });
      return {
        logits: tf.concat(levels.map(({ logits }) => logits), 1) as tf.Tensor3D,
        distances: tf.concat(levels.map(({ distances }) => distances), 1) as tf.Tensor3D,
        centerness: tf.concat(levels.map(({ centerness }) => centerness), 1) as tf.Tensor2D,
      };
    },
  };
}

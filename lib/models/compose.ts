/** The two ways to join layers: one after the other, and around a shortcut. */
import { recomputed, relu, tf } from "../engine/mod.ts";
import type { Branch, Layer, Variables } from "./model.ts";

/**
 * Layers one after the other, in the order of the record. The variables are a record of the same
 * names; each layer's initial weights depend on its name and the seed, not on its neighbours.
 */
export function chain(layers: Record<string, Layer>): Layer {
  return {
    init: initAll(layers),
    apply: (variables, x, mode) => {
      const stats: Branch = {};
      for (const [name, layer] of Object.entries(layers)) {
        const out = layer.apply(branch(variables, name), x, mode);
        x = out.y;
        stats[name] = out.stats;
      }
      return { y: x, stats };
    },
  };
}

/** New variables of named parts, as {@link chain} has them. */
export function initAll(named: Record<string, Pick<Layer, "init">>): Layer["init"] {
  return (prng) => {
    const parts = Object.entries(named).map(([name, part]) =>
      [name, part.init(prng.fork(name))] as const
    );
    return {
      params: Object.fromEntries(parts.map(([name, { params }]) => [name, params])),
      stats: Object.fromEntries(parts.map(([name, { stats }]) => [name, stats])),
    };
  };
}

/**
 * relu(body(x) + shortcut(x)); the shortcut is x itself where none is given.
 *
 * @see He et al. 2016, "Deep Residual Learning", eq. 1 and 2 (arXiv 1512.03385)
 */
export function residual(body: Record<string, Layer>, shortcut?: Layer): Layer {
  const main = chain(body);
  const all = shortcut ? chain({ ...body, downsample: shortcut }) : main;
  return block({
    init: all.init,
    apply: (variables, x, mode) => {
      const { y, stats } = main.apply(variables, x, mode);
      if (!shortcut) return { y: relu(tf.add(y, x)), stats };
      const side = shortcut.apply(branch(variables, "downsample"), x, mode);
      return {
        y: relu(tf.add(y, side.y)),
        stats: { ...(stats as Branch), downsample: side.stats },
      };
    },
  });
}

/** A layer of which a gradient keeps the input alone, where that is asked for. */
export function block(layer: Layer): Layer {
  return {
    init: layer.init,
    apply: (variables, x, mode) => {
      if (!mode.recompute || !mode.training) return layer.apply(variables, x, mode);
      const { y, aux: stats } = recomputed(
        (variables, x) => {
          const { y, stats } = layer.apply(variables, x, mode);
          return { y, aux: stats };
        },
        variables,
        x,
      );
      return { y, stats };
    },
  };
}

/** The variables of one of the parts. */
export function branch({ params, stats }: Variables, name: string): Variables {
  return { params: (params as Branch)[name], stats: (stats as Branch)[name] };
}

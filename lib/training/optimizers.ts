/** Optimizers as pure functions on trees: a step returns new parameters and a new state. */
import { Problem } from "../base/problem.ts";
import { mapTree, tf, type Tree } from "../engine/mod.ts";

/** An optimizer; plain JSON. */
export type OptimizerConfig = {
  name: "sgd" | "lars";
  /** The rate at the end of the warm-up, for the batch size at hand (no hidden scaling). */
  learningRate: number;
  /** Share of the last step that is kept, 0 … 1. */
  momentum: number;
  /** L2 penalty; biases and the gains of norms (one axis or less) are exempt. */
  weightDecay: number;
  /** SGD only: look one step of momentum ahead. */
  nesterov?: boolean;
};

/** One step's input: everything has the structure of the parameters. */
export interface Update {
  params: Tree;
  gradients: Tree;
  state: Tree;
  learningRate: tf.Scalar;
}

/** A way to descend. */
export interface Optimizer {
  /** The state before the first step. */
  init(params: Tree): Tree;
  update(update: Update): { params: Tree; state: Tree };
}

/**
 * The optimizer of a configuration.
 *
 * @throws {Problem} for a name that does not exist
 */
export function optimizer(config: OptimizerConfig): Optimizer {
  if (config.name === "sgd") return sgd(config);
  if (config.name === "lars") return lars(config);
  throw new Problem(`no optimizer "${config.name}"; choose sgd or lars`);
}

type Hyperparameters = Pick<OptimizerConfig, "momentum" | "weightDecay" | "nesterov">;

/**
 * Stochastic gradient descent as torch has it. For a weight w with gradient g and velocity v,
 *   g <- g + weightDecay w,  v <- momentum v + g,  w <- w - learningRate v
 * or, with Nesterov, w <- w - learningRate (g + momentum v).
 *
 * @see Sutskever et al. 2013, "On the importance of initialization and momentum", eq. 1-4
 */
export function sgd({ momentum, weightDecay, nesterov = false }: Hyperparameters): Optimizer {
  const direction = (w: tf.Tensor, g: tf.Tensor) => isExempt(w) ? g : g.add(w.mul(weightDecay));
  return withMomentum({ direction, momentum, nesterov });
}

/**
 * Layer-wise adaptive rate scaling as solo-learn uses it: with trust coefficient eta = .02,
 *   rate = eta |w| / (|g| + weightDecay |w| + 1e-8),  clipped to learningRate
 *   g <- (g + weightDecay w) rate / learningRate,  v <- momentum v + g,  w <- w - learningRate v
 * The clip means that no weight moves faster than by plain SGD. Biases and norms take plain SGD
 * steps without weight decay, and so does a weight whose norm or gradient is 0.
 *
 * @see You et al. 2017, "Large Batch Training of Convolutional Networks", eq. 6 (arXiv 1708.03888);
 *   the clip is LARC's
 */
export function lars({ momentum, weightDecay }: Hyperparameters): Optimizer {
  const direction = (w: tf.Tensor, g: tf.Tensor, learningRate: tf.Scalar) => {
    if (isExempt(w)) return g;
    const [weight, gradient] = [tf.norm(w), tf.norm(g)];
    const trusted = weight.mul(trust).div(gradient.add(weight.mul(weightDecay)).add(1e-8));
    const rate = tf.minimum(trusted.div(learningRate), 1);
    const moving = weight.greater(0).logicalAnd(gradient.greater(0));
    return tf.where(moving, g.add(w.mul(weightDecay)).mul(rate), g);
  };
  return withMomentum({ direction, momentum, nesterov: false });
}

const trust = 0.02;

/** Biases, and the gains and offsets of norms. */
const isExempt = (w: tf.Tensor) => w.rank <= 1;

function withMomentum({ direction, momentum, nesterov }: {
  direction: (w: tf.Tensor, g: tf.Tensor, learningRate: tf.Scalar) => tf.Tensor;
  momentum: number;
  nesterov: boolean;
}): Optimizer {
  return {
    init: (params) => mapTree((w) => tf.zerosLike(w), params),
    update: ({ params, gradients, state, learningRate }) => {
      const steps = mapTree((w, g) => direction(w, g, learningRate), params, gradients);
      const velocity = mapTree((v, step) => v.mul(momentum).add(step), state, steps);
      const ahead = nesterov
        ? mapTree((step, v) => step.add(v.mul(momentum)), steps, velocity)
        : velocity;
      return {
        params: mapTree((w, step) => w.sub(step.mul(learningRate)), params, ahead),
        state: velocity,
      };
    },
  };
}

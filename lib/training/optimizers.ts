/** Optimizers as pure functions on trees: a step returns new parameters and a new state. */
import { Problem } from "../base/problem.ts";
import { mapTree, tf, type Tree } from "../engine/mod.ts";

/** An optimizer; plain JSON. */
export type OptimizerConfig =
  & {
    /** The rate at the end of the warm-up, for the batch size at hand (no hidden scaling). */
    learningRate: number;
    /** Pull towards 0; biases and the gains and offsets of norms (one axis or less) are exempt. */
    weightDecay: number;
  }
  & (
    | { name: "sgd"; momentum: number; nesterov?: boolean }
    | { name: "lars"; momentum: number }
    | { name: "adamw"; betas?: readonly [number, number] }
  );

/** One step's input; parameters and gradients have one structure. */
export interface Update {
  params: Tree;
  gradients: Tree;
  state: Tree;
  learningRate: tf.Scalar;
}

/** A way to descend. What its state keeps of a parameter lies under that parameter's own path. */
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
  if (config.name === "adamw") return adamw(config);
  const { name } = config as OptimizerConfig;
  throw new Problem(`no optimizer "${name}"; choose sgd, lars or adamw`);
}

/**
 * Stochastic gradient descent as torch has it. For a weight w with gradient g and velocity v,
 *   g <- g + weightDecay w,  v <- momentum v + g,  w <- w - learningRate v
 * or, with Nesterov, which looks one step of momentum ahead, w <- w - learningRate (g + momentum v).
 *
 * @param momentum share of the last step that is kept, 0 … 1
 * @see Sutskever et al. 2013, "On the importance of initialization and momentum", eq. 1-4
 */
export function sgd(
  { momentum, weightDecay, nesterov = false }: {
    momentum: number;
    /** A tensor where one compiled step serves several. */
    weightDecay: number | tf.Scalar;
    nesterov?: boolean;
  },
): Optimizer {
  const direction = (w: tf.Tensor, g: tf.Tensor) => decayed(g, w, weightDecay);
  return withMomentum({ direction, momentum, nesterov });
}

/**
 * Layer-wise adaptive rate scaling as solo-learn uses it: with trust coefficient eta = .02,
 *   rate = eta |w| / (|g| + weightDecay |w| + 1e-8),  clipped to learningRate
 *   g <- (g + weightDecay w) rate / learningRate,  v <- momentum v + g,  w <- w - learningRate v
 * The clip means that no weight moves faster than by plain SGD. Biases and norms take plain SGD
 * steps without weight decay, and so does a weight whose norm or gradient is 0.
 *
 * @param momentum share of the last step that is kept, 0 … 1
 * @see You et al. 2017, "Large Batch Training of Convolutional Networks", eq. 6 (arXiv 1708.03888);
 *   the clip is LARC's
 */
export function lars(
  { momentum, weightDecay }: { momentum: number; weightDecay: number },
): Optimizer {
  const direction = (w: tf.Tensor, g: tf.Tensor, learningRate: tf.Scalar) => {
    if (isExempt(w)) return g;
    const [weight, gradient] = [tf.norm(w), tf.norm(g)];
    const trusted = weight.mul(trust).div(gradient.add(weight.mul(weightDecay)).add(1e-8));
    const rate = tf.minimum(trusted.div(learningRate), 1);
    const moving = weight.greater(0).logicalAnd(gradient.greater(0));
    return tf.where(moving, decayed(g, w, weightDecay).mul(rate), g);
  };
  return withMomentum({ direction, momentum, nesterov: false });
}

const trust = 0.02;

/**
 * Adam with decoupled weight decay, as torch has it. At the t-th step of a weight w with gradient g,
 *   m <- beta1 m + (1 - beta1) g,  v <- beta2 v + (1 - beta2) g^2
 *   w <- w - learningRate (m / (1 - beta1^t) / (sqrt(v / (1 - beta2^t)) + 1e-8) + weightDecay w)
 * Each weight counts its own steps: those that a head is held back do not count, as in torch.
 *
 * @param betas share of the past in the averages m and v, 0 … 1; default .9 and .999
 * @see Loshchilov & Hutter 2019, "Decoupled Weight Decay Regularization", algorithm 2
 *   (arXiv 1711.05101); Kingma & Ba 2015, algorithm 1 (arXiv 1412.6980)
 */
export function adamw(
  { weightDecay, betas: [beta1, beta2] = [0.9, 0.999] }: {
    weightDecay: number;
    betas?: readonly [number, number];
  },
): Optimizer {
  return {
    init: (params) => ({
      mean: mapTree((w) => tf.zerosLike(w), params),
      square: mapTree((w) => tf.zerosLike(w), params),
      steps: mapTree(() => tf.scalar(0), params),
    }),
    update: ({ params, gradients, state, learningRate }) => {
      const past = state as Record<"mean" | "square" | "steps", Tree>;
      const average = (past: tf.Tensor, now: tf.Tensor, beta: number) =>
        past.mul(beta).add(now.mul(1 - beta));
      const mean = mapTree((m, g) => average(m, g, beta1), past.mean, gradients);
      const square = mapTree((v, g) => average(v, g.square(), beta2), past.square, gradients);
      const steps = mapTree((t) => t.add(1), past.steps);
      const descended = mapTree(
        (w, m, v, t) => {
          const scale = v.div(startedAtZero(beta2, t)).sqrt().add(1e-8);
          const direction = m.div(startedAtZero(beta1, t)).div(scale);
          return w.sub(decayed(direction, w, weightDecay).mul(learningRate));
        },
        params,
        mean,
        square,
        steps,
      );
      return { params: descended, state: { mean, square, steps } };
    },
  };
}

/** 1 - beta^t, what an average that started at 0 lacks; expm1 keeps it exact for beta near 1. */
const startedAtZero = (beta: number, t: tf.Tensor) => t.mul(Math.log(beta)).expm1().neg();

/** A step's direction with weight decay, where there is any. */
const decayed = (direction: tf.Tensor, w: tf.Tensor, weightDecay: number | tf.Scalar) =>
  isExempt(w) ? direction : direction.add(w.mul(weightDecay));

/**
 * Biases, and the gains and offsets of norms. By the number of axes, as in the code of DINO and of
 * solo-learn: a ViT's class token and positions decay ([1, n, d]; timm would exempt them by name).
 */
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

/** DINO: each view must predict what the network's own slow average makes of a full view. */
import { Problem } from "../base/problem.ts";
import { alone, type Replicas, stopGradient, tf } from "../engine/mod.ts";
import { mlp } from "../models/heads.ts";
import { gelu } from "../models/layers.ts";
import { weightNormalized } from "../models/prototypes.ts";
import type { Method, Schedule } from "./method.ts";
import { cosineTau } from "./momentum.ts";
import { scoreViews, swappedPrediction } from "./multi_crop.ts";
import { requirePositive } from "./ranges.ts";

/**
 * Defaults: solo-learn's for CIFAR, with the paper's 30 epochs of warm-up, which solo-learn leaves
 * out there. The paper (ImageNet) has 65536 prototypes and tau .996.
 */
export type DinoOptions = {
  studentTemperature: number;
  /** The teacher's temperature, in the first epoch … */
  firstTeacherTemperature: number;
  /** … and when it has warmed up. */
  teacherTemperature: number;
  /** Epochs in which it rises. */
  warmupEpochs: number;
  /** Weight of the past in the centre of the teacher's scores, 0 … 1. */
  centerMomentum: number;
  /** Weight of the past in the teacher, at the first step; at the last it is 1. */
  tau: number;
  /** Epochs at the start in which the prototypes do not learn. */
  frozenEpochs: number;
  /** Width of the projector's two hidden layers. */
  hidden: number;
  /** Width of the projections. */
  projection: number;
  /** Number of outputs that are compared. */
  prototypes: number;
  /** Batch norm in the projector. */
  batchNorm: boolean;
};

/**
 * The teacher sees the full views, the student all ({@link scoreViews} says what passes jointly). The
 * head is the paper's: three layers with GELU, to unit length, and a layer of unit weights; its
 * initial weights have the paper's deviation of .02. Its code clips gradients, which neither
 * solo-learn nor this does.
 *
 * The centre that is subtracted is that of the past steps; this one's enters afterwards.
 */
export const dino: Method<DinoOptions> = {
  name: "dino",
  title: "DINO",
  family: "clustering / distillation",
  multiCrop: true,
  defaults: {
    ...{ studentTemperature: 0.1, firstTeacherTemperature: 0.04, teacherTemperature: 0.07 },
    ...{ warmupEpochs: 30, centerMomentum: 0.9, tau: 0.9995, frozenEpochs: 1 },
    ...{ hidden: 2048, projection: 256, prototypes: 4096, batchNorm: false },
  },
  heads: ({ features }, { hidden, projection, prototypes, batchNorm }) => ({
    projector: mlp([features, hidden, hidden, projection], {
      norm: batchNorm,
      activation: gelu,
      bound: 0.02 * Math.sqrt(3),
    }),
    prototypes: weightNormalized(projection, prototypes),
  }),
  momentum: { heads: ["projector", "prototypes"], tau: ({ tau }) => cosineTau(tau, 1) },
  frozen: { head: "prototypes", epochs: ({ frozenEpochs }) => frozenEpochs },
  schedules: (options) => ({ teacherTemperature: teacherTemperature(options) }),
  memory: (_, __, { prototypes }) => ({ center: tf.zeros([prototypes]) }),
  loss: (
    { online, momentum, replicas, views: { anchor, partner, crops }, memory, at },
    options,
  ) => {
    checkRanges(options);
    const { center } = memory as { center: tf.Tensor1D };
    const { scores: teacher } = scoreViews(momentum, [anchor, partner]);
    const { scores: student } = scoreViews(online, [anchor, partner], crops);
    const { studentTemperature, centerMomentum } = options;
    const { teacherTemperature } = at;
    return {
      value: replicas.mean(
        dinoLoss(student, teacher, { center, studentTemperature, teacherTemperature }),
      ),
      memory: {
        center: followCenter(center, teacher, centerMomentum, replicas),
      },
    };
  },
};

/**
 * The loss of DINO. With
 *   q = softmax((teacher - center) / teacherTemperature) of a full view
 *   p = softmax(student / studentTemperature) of any view
 * it is {@link swappedPrediction}: the mean of -sum_k q_k log p_k over both q and all p of other views.
 *
 * @param student [n, k] scores of each view: the anchors' full views, the partners', small ones
 * @param teacher [n, k] the teacher's scores of both full views; constants
 * @param center [k]
 * @returns scalar, in nats
 * @see Caron et al. 2021, "Emerging Properties in Self-Supervised Vision Transformers", eq. 1-3 and
 *   algorithm 1 (arXiv 2104.14294)
 */
export function dinoLoss(
  student: tf.Tensor2D[],
  teacher: tf.Tensor2D[],
  { center, studentTemperature, teacherTemperature }: {
    center: tf.Tensor1D;
    studentTemperature: number;
    teacherTemperature: tf.Scalar;
  },
): tf.Scalar {
  const targets = teacher.map((scores) =>
    stopGradient(tf.softmax(scores.sub(center).div<tf.Tensor2D>(teacherTemperature)))
  );
  return swappedPrediction(
    student.map((scores) => scores.div<tf.Tensor2D>(studentTemperature)),
    targets,
  );
}

/**
 * The centre moves towards the mean of the teacher's scores:
 *   c <- m c + (1 - m) mean
 *
 * @see Caron et al. 2021, DINO, eq. 4
 */
export function followCenter(
  center: tf.Tensor1D,
  teacher: tf.Tensor2D[],
  momentum: number,
  replicas: Replicas = alone,
): tf.Tensor1D {
  const mean = replicas.mean(tf.concat(teacher).mean<tf.Tensor1D>(0));
  return center.mul<tf.Tensor1D>(momentum).add(mean.mul(1 - momentum));
}

/** Linear over the warm-up, and the same throughout an epoch, as in the paper's code. */
function teacherTemperature(
  { firstTeacherTemperature: first, teacherTemperature: last, warmupEpochs }: DinoOptions,
): Schedule {
  return ({ step, perEpoch }) => {
    const epoch = Math.floor(step / perEpoch);
    if (epoch >= warmupEpochs) return last;
    return first + (last - first) * epoch / Math.max(1, warmupEpochs - 1);
  };
}

function checkRanges(options: DinoOptions): void {
  const { studentTemperature, firstTeacherTemperature, teacherTemperature, centerMomentum } =
    options;
  requirePositive("DINO", { studentTemperature, firstTeacherTemperature, teacherTemperature });
  if (centerMomentum >= 0 && centerMomentum <= 1) return;
  throw new Problem(`DINO: centerMomentum is ${centerMomentum}; choose a number from 0 to 1`);
}

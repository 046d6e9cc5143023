/** Which runs answer a question: a design is a list of cells, made of the factors that it varies. */
import { keyOf } from "../base/hash.ts";
import { resolveMethod } from "../methods/index.ts";
import type { Composition } from "../training/batches.ts";
import type { Policy } from "../views/policy.ts";
import type { Arm, Cell } from "./cell.ts";
import { type Profile, profileOf, trained } from "./profiles.ts";
import { type ProfileName, settingOf } from "./settings.ts";

/** A study at the size of a profile. */
export interface Design {
  figure: string;
  profile: string;
  /** Whether verdicts may be drawn; its runs are kept in the checkout, those of others in the cache. */
  conclusive: boolean;
  cells: Cell[];
  /** Where its results go, where that is not the checkout's `results/`. */
  folder?: string;
}

/** What a design varies; what is left out stays as the profile has it. */
export interface Factors {
  /** Default both arms of the comparison. */
  arms?: readonly Arm[];
  methods?: readonly string[];
  seeds?: readonly number[];
  backbones?: readonly Cell["backbone"][];
  /** Kinds of views, by the size of a view. */
  views?: readonly ((size: number) => Policy)[];
  compositions?: readonly Composition[];
  /** Of so many images a class, each epoch with as many pairs as before: images come again. */
  imagesPerClass?: readonly (number | "all")[];
  /** Lengths of training; each with partners of its own in every epoch. */
  epochs?: readonly number[];
}

/** How far a question goes: a few methods and settings, or all that a profile has. */
export interface Extent {
  methods?: "few" | "all";
}

/**
 * What do semantic pairs add to each method? Every method of the profile's figures in both arms for
 * every seed, and for every seed the backbone as it is initialised. Arms of one seed share images,
 * initial weights, order and views.
 *
 * @param profile "smoke", "desk", "photos" or "imagenet"
 * @throws {Problem} for a profile that does not exist
 */
export function perMethodGains(profile: string): Design {
  return designOf(profile, "per-method gains");
}

/** The same of all methods that train. */
export function everyMethod(profile: string): Design {
  return designOf(profile, "every method", { methods: trained() });
}

/**
 * How much of the gain is left where some pairs are semantic and the others not, and where some of the
 * semantic ones are false? The first method of the axes, in both arms, with hybrids between them, and
 * with semantic pairs of which some are false. By default one of each; all: more shares, a curriculum,
 * both kinds at once.
 */
export function mixtures(profile: string, { methods = "few" }: Extent = {}): Design {
  const { axes, seeds } = profileOf(profile), { shares, falseRates } = axes;
  const middle = shares[Math.floor(shares.length / 2)];
  const between: Arm[] = methods === "few" ? [`hybrid ${middle}`] : [
    ...shares.map((share): Arm => `hybrid ${share}`),
    ...shares.map((share): Arm => `curriculum ${share}`),
    "both",
  ];
  const rates = methods === "few" ? falseRates.slice(-1) : falseRates;
  return designOf(profile, "mixtures", {
    arms: ["augmented", ...between, "semantic", ...rates.map((rate): Arm => `noisy ${rate}`)],
    methods: axes.methods.slice(0, 1),
    seeds: axes.seeds ?? seeds,
  });
}

/**
 * What are pairs worth that no label was needed for? The first method of the axes, in both arms, and
 * with pairs of mutual nearest neighbours, by the backbone of the augmented arm, and such as the
 * backbone finds while it is trained.
 */
export function minedPairs(profile: string): Design {
  const { axes, seeds } = profileOf(profile);
  return designOf(profile, "mined pairs", {
    arms: ["augmented", `mined ${axes.neighbours}`, `bootstrapped ${axes.neighbours}`, "semantic"],
    methods: axes.methods.slice(0, 1),
    seeds: axes.seeds ?? seeds,
  });
}

/**
 * When do semantic pairs pay? Both arms under each kind of views along the length of training, with all
 * images; after the longest, with fewer images a class; and for the first method with batches that are
 * composed in the other way. By default the first method alone, from the shortest to the longest
 * training.
 */
export function whenTheyPay(profile: string, { methods = "few" }: Extent = {}): Design {
  const { axes, seeds } = profileOf(profile);
  const { methods: names, epochs, imagesPerClass, compositions } = axes;
  const [most, longest] = [imagesPerClass.slice(-1), epochs.slice(-1)];
  const sweeps: Factors[] = methods === "few"
    ? [{ methods: names.slice(0, 1), epochs: [epochs[0], ...longest], imagesPerClass: most }]
    : [
      { methods: names, epochs, imagesPerClass: most },
      { methods: names, epochs: longest, imagesPerClass: imagesPerClass.slice(0, -1) },
      { methods: names.slice(0, 1), epochs: longest, imagesPerClass: most, compositions },
    ];
  const common = { views: Object.values(axes.views), seeds: axes.seeds ?? seeds };
  const designs = sweeps.map((sweep) =>
    designOf(profile, "when semantic pairs pay", { ...common, ...sweep })
  );
  const cells = new Map(designs.flatMap(({ cells }) => cells).map((cell) => [keyOf(cell), cell]));
  return { ...designs[0], cells: [...cells.values()] };
}

function designOf(profile: string, figure: string, factors: Factors = {}): Design {
  const made = profileOf(profile);
  const cells = cellsOf(made, profile as ProfileName, factors);
  return { figure, profile, conclusive: made.conclusive, cells };
}

/**
 * Every combination of the factors, seed by seed, and for each seed and backbone the untrained one. A
 * cell that the profile has anyway comes out as it is there: designs share its run.
 *
 * @param settings the profile whose rates and options the methods take
 */
export function cellsOf(
  { setting, methods, seeds }: Pick<Profile, "setting" | "methods" | "seeds">,
  settings: ProfileName,
  factors: Factors = {},
): Cell[] {
  const {
    arms = ["augmented", "semantic"],
    backbones = [setting.backbone],
    views = [() => setting.training.views],
    compositions = [setting.training.composition],
    imagesPerClass = [undefined],
    epochs = [setting.training.epochs],
  } = factors;
  const cellOf = (name: string) => {
    const { options, ...training } = settingOf(settings, name, setting.training.batchSize);
    return {
      ...setting,
      method: { name, options: resolveMethod({ name, options }).options },
      training: { ...setting.training, ...training },
    };
  };
  return (factors.seeds ?? seeds).flatMap((seed) => [
    ...backbones.map((backbone): Cell => (
      { ...cellOf("random"), backbone, arm: "untrained", seed }
    )),
    ...(factors.methods ?? methods).flatMap((name) =>
      combinations<Values>({
        ...{ backbone: backbones, policy: views, composition: compositions },
        ...{ images: imagesPerClass, length: epochs, arm: arms },
      }).map((values): Cell => ({ ...varied(cellOf(name), values), seed }))
    ),
  ]);
}

/** A value of each factor. */
type Values = {
  backbone: Cell["backbone"];
  policy: (size: number) => Policy;
  composition: Composition | undefined;
  images: number | "all" | undefined;
  length: number;
  arm: Arm;
};

function varied(
  setting: Omit<Cell, "arm" | "seed">,
  { backbone, policy, composition, images, length, arm }: Values,
): Omit<Cell, "seed"> {
  const { pairing, training, ...cell } = withLength(setting, length);
  const fewer = images === undefined || images === imagesOf(pairing)
    ? {}
    : { imagesPerClass: images };
  return {
    ...cell,
    backbone,
    arm,
    pairing: { ...pairing, ...fewer },
    training: { ...training, views: policy(training.views.size), composition },
  };
}

/** A cell of so many epochs, with as many of them for warm-up, and with other partners, in proportion. */
export function withLength<C extends Pick<Cell, "pairing" | "training">>(
  cell: C,
  epochs: number,
): C {
  const { pairing, training } = cell, share = epochs / training.epochs;
  return {
    ...cell,
    pairing: { ...pairing, rounds: Math.round(pairing.rounds * share) },
    training: { ...training, epochs, warmupEpochs: training.warmupEpochs * share },
  };
}

/** How many images of a class take part in a pairing. */
export function imagesOf({ imagesPerClass, pairsPerClass }: Cell["pairing"]): number | "all" {
  return imagesPerClass ?? pairsPerClass ?? "all";
}

/** Every way to take one value of each list; the last list varies fastest. */
function combinations<T extends object>(
  lists: { [K in keyof T]: readonly T[K][] },
): T[] {
  return Object.entries(lists as Record<string, readonly unknown[]>).reduce<object[]>(
    (all, [name, values]) =>
      all.flatMap((one) => values.map((value) => ({ ...one, [name]: value }))),
    [{}],
  ) as T[];
}

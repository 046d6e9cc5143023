/**
 * The Python wheels that hold TensorFlow's C library, pinned: one a platform, what it weighs and
 * what its two libraries must hash to. Windows wheels hold no such libraries, and there is none for
 * Intel Macs.
 */
import { Problem } from "../base/problem.ts";

/** A file of a known content. */
export interface Pinned {
  readonly name: string;
  readonly bytes: number;
  readonly sha256: string;
}

/** A wheel, as pip's `--require-hashes` wants it, and the libraries in its folder `tensorflow/`. */
export interface Wheel {
  /** E.g. `tensorflow-cpu==2.21.0`. */
  readonly requirement: string;
  /** pip's `--platform`. */
  readonly platform: string;
  readonly bytes: number;
  readonly sha256: string;
  readonly libraries: readonly Pinned[];
}

/** The TensorFlow that is fetched where none is installed. */
export const version = "2.21.0";

/** The Python version whose wheels are pinned; the C library does not depend on it. */
export const pythonVersion = "3.11";

const wheels: Record<string, Wheel> = {
  "linux-x86_64": {
    requirement: `tensorflow-cpu==${version}`,
    platform: "manylinux_2_27_x86_64",
    bytes: 273829956,
    sha256: "2b847d217b02ee7731ed91431daf3250daa0196c3c94614d23be27232e6e5b6c",
    libraries: [
      {
        name: "libtensorflow_cc.so.2",
        bytes: 788086608,
        sha256: "6505a4b9657e62100c6bdacb683957a395cb047725042945aaa50e40a71e429e",
      },
      {
        name: "libtensorflow_framework.so.2",
        bytes: 65222328,
        sha256: "f060b323b26ef80add21b9df9428de3aeaf2843d772c5bb098745f7abff3709b",
      },
    ],
  },
  "linux-aarch64": {
    requirement: `tensorflow==${version}`,
    platform: "manylinux_2_27_aarch64",
    bytes: 281828020,
    sha256: "4b24aca16d527a3cf1c37f720c04c484c3d20f4d0fdfa98632ac8b9f3be6eb5c",
    libraries: [
      {
        name: "libtensorflow_cc.so.2",
        bytes: 814885544,
        sha256: "5f7de6ba6478ed7b83767a6e661e3e6e6931b05c64db14ba98250e52316a007c",
      },
      {
        name: "libtensorflow_framework.so.2",
        bytes: 68176664,
        sha256: "deade33b9ab90ff468fd1d1f8f6079bec5a3a507cf2d13c3218aa8beec28aeb3",
      },
    ],
  },
  "darwin-aarch64": {
    requirement: `tensorflow==${version}`,
    platform: "macosx_12_0_arm64",
    bytes: 223405849,
    sha256: "51f46f4806139d01fc7920cc72a4c75876f80649bf40ff083ab6212ceb43ca88",
    libraries: [
      {
        name: "libtensorflow_cc.2.dylib",
        bytes: 691352648,
        sha256: "753272d059c7be51f64369aaa8e12ac514ce372e0c4ba66f3cc49ec3b1c33384",
      },
      {
        name: "libtensorflow_framework.2.dylib",
        bytes: 49452976,
        sha256: "e581d6db9e26f13e49327427e5d304cecbfe45d3467db7700e058857a4fd76bb",
      },
    ],
  },
};

/**
 * The wheel for a platform.
 *
 * @param platform Deno's names of system and processor, e.g. `linux-x86_64`
 * @throws {Problem} where there is none
 */
export function wheelFor(platform: string): Wheel {
  const wheel = wheels[platform];
  if (wheel) return wheel;
  throw new Problem(
    `TensorFlow's C library is not published for ${platform} (only ${
      Object.keys(wheels).join(", ")
    }): set SEMANTIC_PAIRS_TENSORFLOW to a folder that holds one, or use ENGINE=webgpu`,
  );
}

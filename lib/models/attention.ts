/** The block of a transformer encoder, with the names that timm gives its parts. */
import { tf } from "../engine/mod.ts";
import { block, branch, chain } from "./compose.ts";
import { xavier } from "./initial.ts";
import { gelu, layerNorm, linear } from "./layers.ts";
import type { Layer } from "./model.ts";

/**
 * x + attention(norm(x)), then x + mlp(norm(x)), on tokens [n, t, width]. The hidden layer of the
 * MLP is four times as wide.
 *
 * @see Dosovitskiy et al. 2021, "An Image is Worth 16x16 Words", eq. 2 and 3 (arXiv 2010.11929)
 */
export function encoderBlock(width: number, heads: number): Layer {
  const dense = (inputs: number, outputs: number) =>
    linear(inputs, outputs, { bias: true, bound: xavier(inputs, outputs) });
  const parts = {
    norm1: layerNorm(width),
    attn: attention(width, heads),
    norm2: layerNorm(width),
    mlp: chain({ fc1: dense(width, 4 * width), gelu, fc2: dense(4 * width, width) }),
  };
  return block({
    init: chain(parts).init,
    apply: (variables, x, mode) => {
      const through = (name: keyof typeof parts, x: tf.Tensor) =>
        parts[name].apply(branch(variables, name), x, mode).y;
      const attended = tf.add(x, through("attn", through("norm1", x)));
      const y = tf.add(attended, through("mlp", through("norm2", attended)));
      return { y, stats: variables.stats }; // there are none
    },
  });
}

/**
 * Multi-head self-attention: in each head, softmax(q kᵀ / sqrt(d)) v, with d = width / heads. The
 * projections to q, k and v are one linear layer, whose initial weights count as three.
 *
 * In bf16 its products stay float32, as all matrix products do (see `engine/autocast.ts`).
 *
 * @see Vaswani et al. 2017, "Attention Is All You Need", eq. 1 (arXiv 1706.03762)
 */
export function attention(width: number, heads: number): Layer {
  const bound = xavier(width, width);
  const qkv = linear(width, 3 * width, { bias: true, bound });
  const proj = linear(width, width, { bias: true, bound });
  return {
    init: chain({ qkv, proj }).init,
    apply: (variables, x, mode) => {
      const [n, t] = x.shape;
      const projected = qkv.apply(branch(variables, "qkv"), x, mode).y; // [n, t, 3 width]
      const [q, k, v] = tf.unstack(
        projected.reshape([n, t, 3, heads, width / heads]).transpose([2, 0, 3, 1, 4]),
      ); // [n, heads, t, d] each
      const similarity = tf.matMul(q.mul((width / heads) ** -0.5), k, false, true);
      const values = tf.matMul(tf.softmax(similarity), v); // [n, heads, t, d]
      const joined = values.transpose([0, 2, 1, 3]).reshape([n, t, width]);
      return { y: proj.apply(branch(variables, "proj"), joined, mode).y, stats: variables.stats };
    },
  };
}

/** Changes of colour, pixel by pixel; values in 0 … 1. */
import { type Change, toByte } from "./change.ts";

type Rgb = [number, number, number];

function pixelwise(change: (rgb: Rgb, out: Rgb) => void): Change {
  return ({ data, height, width }) => {
    const area = height * width, changed = new Uint8Array(data.length);
    const before: Rgb = [0, 0, 0], after: Rgb = [0, 0, 0];
    for (let p = 0; p < area; p++) {
      for (let c = 0; c < 3; c++) before[c] = data[c * area + p] / 255;
      change(before, after);
      for (let c = 0; c < 3; c++) changed[c * area + p] = toByte(255 * after[c]);
    }
    return { data: changed, height, width };
  };
}

/** Adds to the value of HSV. */
export const brightness = (added: number): Change =>
  pixelwise((rgb, out) => {
    const value = Math.max(rgb[0], rgb[1], rgb[2]), brighter = Math.min(1, value + added);
    for (let c = 0; c < 3; c++) out[c] = value > 0 ? rgb[c] * brighter / value : brighter;
  });

/** Scales the difference from the channel's mean over the image. */
export const contrast = (factor: number): Change => (image) => {
  const { data, height, width } = image, area = height * width;
  const changed = new Uint8Array(data.length);
  for (let from = 0; from < data.length; from += area) {
    let sum = 0;
    for (let p = from; p < from + area; p++) sum += data[p];
    const mean = sum / area;
    for (let p = from; p < from + area; p++) changed[p] = toByte(mean + (data[p] - mean) * factor);
  }
  return { data: changed, height, width };
};

/** The saturation of HSV, scaled and raised. Grays have the hue of red, as in scikit-image. */
export const saturate = (factor: number, added: number): Change =>
  pixelwise((rgb, out) => {
    const value = Math.max(rgb[0], rgb[1], rgb[2]),
      chroma = value - Math.min(rgb[0], rgb[1], rgb[2]);
    const before = value > 0 ? chroma / value : 0;
    const after = Math.min(1, before * factor + added);
    for (let c = 0; c < 3; c++) {
      const below = before > 0 ? (value - rgb[c]) / before : c === 0 ? 0 : value;
      out[c] = value - below * after;
    }
  });

/** Turns the hue by a part of a full turn; value and saturation stay. */
export const hue = (turn: number): Change =>
  pixelwise((rgb, out) => {
    const [red, green, blue] = rgb, value = Math.max(red, green, blue);
    const chroma = value - Math.min(red, green, blue);
    const sixths = chroma === 0
      ? 0
      : value === red
      ? (green - blue) / chroma
      : value === green
      ? (blue - red) / chroma + 2
      : (red - green) / chroma + 4;
    for (let c = 0; c < 3; c++) {
      const k = (5 - 2 * c + sixths + 6 * turn + 12) % 6; // red, green, blue stand at 5, 3, 1
      out[c] = value - chroma * Math.max(0, Math.min(k, 4 - k, 1));
    }
  });

/** Takes a part of the colour away; 1 leaves the luminance (ITU-R BT.601) alone. */
export const grayscale = (part: number): Change =>
  pixelwise((rgb, out) => {
    const gray = 0.299 * rgb[0] + 0.587 * rgb[1] + 0.114 * rgb[2];
    for (let c = 0; c < 3; c++) out[c] = rgb[c] + part * (gray - rgb[c]);
  });

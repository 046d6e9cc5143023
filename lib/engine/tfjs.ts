/** The one copy of tfjs that everything shares. */
export * as tf from "@tensorflow/tfjs";

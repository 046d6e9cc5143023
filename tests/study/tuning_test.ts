import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { bestOfEachArm, choose, type Trial } from "../../lib/study/tuning.ts";

/** The trials of both arms at one rate, by their validation accuracies. */
function both(
  method: string,
  views: string,
  learningRate: number,
  [augmented, semantic]: [number, number],
): Trial[] {
  const trial = (arm: Trial["arm"], validation: number): Trial => (
    { method, arm, views, learningRate, validation, loss: 1, key: "", cell: "" }
  );
  return [trial("augmented", augmented), trial("semantic", semantic)];
}

Deno.test("choose: the rate is best for the mean of the arms, not for either of them", () => {
  const { methods, validation } = choose([
    ...both("a", "weak", 0.1, [0.5, 0.125]), // best for augmented
    ...both("a", "weak", 0.2, [0.375, 0.375]),
    ...both("a", "weak", 0.3, [0.125, 0.5]), // best for semantic
  ]);
  deepStrictEqual(methods, [{ method: "a", learningRate: 0.2, validation: 0.375 }]);
  strictEqual(validation, 0.375);
});

Deno.test("choose: each method has a rate of its own, the views are best for the mean of methods", () => {
  const trials = [
    ...both("a", "weak", 0.1, [0.75, 0.75]), // the best trial of all, and the views of a's choice
    ...both("a", "weak", 0.2, [0.25, 0.25]),
    ...both("b", "weak", 0.1, [0.125, 0.125]),
    ...both("b", "weak", 0.2, [0.125, 0.125]),
    ...both("a", "strong", 0.1, [0.25, 0.5]),
    ...both("a", "strong", 0.2, [0.5, 0.5]),
    ...both("b", "strong", 0.1, [0.5, 0.5]),
    ...both("b", "strong", 0.2, [0.375, 0.5]),
  ];
  const chosen = {
    views: "strong",
    methods: [
      { method: "a", learningRate: 0.2, validation: 0.5 },
      { method: "b", learningRate: 0.1, validation: 0.5 },
    ],
    validation: 0.5,
  };
  deepStrictEqual(choose(trials), chosen);
  const byMethod = ({ method: a }: { method: string }, { method: b }: { method: string }) =>
    a < b ? -1 : 1;
  const { methods, ...rest } = choose(trials.toReversed()); // stored in another order
  deepStrictEqual({ ...rest, methods: methods.sort(byMethod) }, chosen);
});

Deno.test("choose: of equals the first stays", () => {
  const trials = [0.1, 0.3].flatMap((rate) =>
    ["gentle", "weak"].flatMap((views) => both("a", views, rate, [0.5, 0.25]))
  );
  const { views, methods } = choose(trials);
  deepStrictEqual([views, methods[0].learningRate], ["gentle", 0.1]);
});

Deno.test("bestOfEachArm: each arm alone, over all views and rates", () => {
  const best = bestOfEachArm([
    ...both("a", "weak", 0.1, [0.25, 0.5]),
    ...both("a", "strong", 0.2, [0.375, 0.125]),
  ]);
  deepStrictEqual(best, [
    { method: "a", arm: "augmented", views: "strong", learningRate: 0.2, validation: 0.375 },
    { method: "a", arm: "semantic", views: "weak", learningRate: 0.1, validation: 0.5 },
  ]);
});

Deno.test("choose: a method that tried one kind of views has a rate, and no say in the views", () => {
  const { views, methods } = choose([
    ...both("a", "weak", 0.1, [0.25, 0.25]),
    ...both("a", "strong", 0.1, [0.5, 0.5]),
    ...both("b", "weak", 0.1, [0.75, 0.75]),
    ...both("b", "strong", 0.1, [0.375, 0.375]),
    ...both("c", "weak", 0.1, [0.125, 0.125]),
    ...both("c", "weak", 0.3, [0.25, 0.25]), // no say: it has not tried the others
  ]);
  deepStrictEqual(views, "weak"); // a and b: 0.5 against 0.4375
  deepStrictEqual(methods[2], { method: "c", learningRate: 0.3, validation: 0.25 });
});

/** What happens to the network between machines: cuts, in every shape, and resets. */

import type { SeededRandom } from '../../src/testing/random.ts';
import { between, chance, pick, shuffled, whole } from './draw.ts';
import { type Malice, some, type Target } from './nemesis.ts';
import type { Direction, Fault, Step } from './step.ts';

function bothWays(a: number, b: number): readonly Direction[] {
  return [
    [a, b],
    [b, a],
  ];
}

function lasting(random: SeededRandom, { silenceLimitMs }: Target): number {
  return between(random, 0, pick(random, [0.2, 1, 4])) * silenceLimitMs;
}

function during(paths: readonly Direction[], atMs: number, forMs: number): Fault {
  return [
    { type: 'cut', paths, atMs },
    { type: 'mend', paths, atMs: atMs + forMs },
  ];
}

/** Two sides that do not see each other. */
export const part: Malice = (random, target, atMs): Fault => {
  const side = some(random, target, whole(random, 1, target.nodes - 1));
  const others = Array.from({ length: target.nodes }, (_, node) => node).filter(
    (node) => !side.includes(node),
  );
  const paths = side.flatMap((a) => others.flatMap((b) => bothWays(a, b)));
  return during(paths, atMs, lasting(random, target));
};

/** One does not hear the other; sometimes a little later neither does. */
export const oneWay: Malice = (random, target, atMs): Fault => {
  const [a = 0, b = 1] = some(random, target, 2);
  const forMs = between(random, 1, 4) * target.silenceLimitMs;
  const isFullLater = chance(random, 0.5);
  const laterMs = atMs + between(random, 0.3, 0.9) * target.silenceLimitMs;
  const back: Step[] = [
    { type: 'cut', paths: [[b, a]], atMs: laterMs },
    { type: 'mend', paths: [[b, a]], atMs: laterMs + forMs },
  ];
  return [...during([[a, b]], atMs, forMs), ...(isFullLater ? back : [])];
};

/** Two nodes lose each other while the others hear both. */
export const bridge: Malice = (random, target, atMs): Fault => {
  const [a = 0, b = 1] = some(random, target, 2);
  return during(bothWays(a, b), atMs, between(random, 1, 5) * target.silenceLimitMs);
};

/** Nobody hears one node, and it hears nobody. */
export const cutOff: Malice = (random, target, atMs): Fault => {
  const [lonely = 0] = some(random, target, 1);
  const others = Array.from({ length: target.nodes }, (_, node) => node);
  const paths = others.filter((node) => node !== lonely).flatMap((node) => bothWays(lonely, node));
  return during(paths, atMs, between(random, 1, 6) * target.silenceLimitMs);
};

/** A partition that does not end for everybody at once: two nodes still do not see each other. */
export const lame: Malice = (random, target, atMs): Fault => {
  const [a = 0, b = 1] = some(random, target, 2);
  const forMs = between(random, 1.2, 2) * target.silenceLimitMs;
  const others = Array.from({ length: target.nodes }, (_, node) => node);
  const paths = others.filter((node) => node !== a).flatMap((node) => bothWays(a, node));
  const longer = between(random, 3, 8) * target.silenceLimitMs;
  return [...during(paths, atMs, forMs), ...during(bothWays(a, b), atMs, forMs + longer)];
};

/** Swizzle-clog: nodes are cut off one by one, and come back in another order. */
export const swizzle: Malice = (random, target, atMs): Fault => {
  const victims = some(random, target, whole(random, 2, target.nodes));
  const cutMs = between(random, 0.2, 2) * target.silenceLimitMs;
  const healMs = between(random, 0.2, 2) * target.silenceLimitMs;
  const all = Array.from({ length: target.nodes }, (_, node) => node);
  const pathsOf = (victim: number) =>
    all.filter((node) => node !== victim).map((node): Direction => [victim, node]);
  return [
    ...victims.map((node): Step => {
      return { type: 'cut', paths: pathsOf(node), atMs: atMs + random.float() * cutMs };
    }),
    ...shuffled(random, victims).map((node, at): Step => {
      const endMs = atMs + cutMs + ((at + 1) / victims.length) * healMs;
      return { type: 'mend', paths: pathsOf(node), atMs: endMs };
    }),
  ];
};

/** A middlebox that has lost its table: some links are reset. */
export const resetLinks: Malice = (random, target, atMs): Fault => {
  const [center = 0, ...others] = some(random, target, whole(random, 2, target.nodes));
  return others.map((other) => ({ type: 'reset', path: [center, other], atMs }));
};

/** Decides what goes wrong, and when. All that is random comes from the seed. */
import type { SeededRandom } from '../../src/testing/random.ts';
import { between, pick, shuffled } from './draw.ts';
import { askAround, hangUp, hurry, rotateSecrets, tamper } from './nemesis-calls.ts';
import { bridge, cutOff, lame, oneWay, part, resetLinks, swizzle } from './nemesis-network.ts';
import {
  crash,
  drowse,
  flap,
  freeze,
  jump,
  leave,
  roll,
  strike,
  stutter,
  suspend,
  takeover,
} from './nemesis-nodes.ts';
import { clog, storm, treacle } from './nemesis-weather.ts';
import type { Fault } from './step.ts';

export { blackout } from './nemesis-nodes.ts';
export type { Fault } from './step.ts';

/** What the nemesis knows of the cluster. */
export interface Target {
  readonly nodes: number;
  readonly intervalMs: number;
  readonly silenceLimitMs: number;
  readonly reconnectBaseDelayMs: number;
  readonly secret: string | null;
  readonly hasNames: boolean;
  readonly limits: { readonly secretGraceMs: number };
}

/** One kind of fault, begun at a moment. */
export type Malice = (random: SeededRandom, target: Target, atMs: number) => Fault;

/** The heavier, the likelier. */
const KINDS: readonly (readonly [Malice, weight: number])[] = [
  [crash, 5],
  [freeze, 3],
  [suspend, 1],
  [leave, 3],
  [jump, 1],
  [part, 2],
  [oneWay, 3],
  [bridge, 3],
  [cutOff, 1],
  [lame, 2],
  [swizzle, 1],
  [resetLinks, 2],
  [roll, 1],
  [flap, 1],
  [takeover, 2],
  [stutter, 2],
  [drowse, 2],
  [strike, 2],
  [askAround, 2],
  [hangUp, 1],
  [hurry, 1],
  [clog, 2],
  [storm, 2],
  [treacle, 1],
  [rotateSecrets, 2],
  [tamper, 2],
];

/** About so many in the time there is. */
const FAULTS = 20;

export function nemesis(
  random: SeededRandom,
  target: Target,
  sinceMs: number,
  untilMs: number,
): readonly Fault[] {
  const faults: Fault[] = [];
  const gapMs = Math.max(target.silenceLimitMs, (untilMs - sinceMs) / FAULTS);
  let atMs = sinceMs;
  while (atMs < untilMs) {
    const steps = drawn(random)(random, target, atMs);
    const last = Math.max(atMs, ...steps.map((step) => step.atMs));
    if (last < untilMs && steps.length > 0) faults.push(steps);
    // Mostly one after the other, sometimes at once.
    atMs += between(random, 0, 2 * gapMs) + pick(random, [0, 0.5, 1]) * (last - atMs);
  }
  return faults;
}

/** So many of one kind, at any time. */
export function sprinkled(
  { malice, count }: { readonly malice: Malice; readonly count: number },
  random: SeededRandom,
  target: Target,
  sinceMs: number,
  untilMs: number,
): readonly Fault[] {
  const faults = Array.from({ length: count }, () =>
    malice(random, target, between(random, sinceMs, untilMs)),
  );
  return faults.filter((steps) => steps.length > 0 && steps.every(({ atMs }) => atMs < untilMs));
}

function drawn(random: SeededRandom): Malice {
  const total = KINDS.reduce((sum, [, weight]) => sum + weight, 0);
  let at = random.float() * total;
  for (const [malice, weight] of KINDS) {
    at -= weight;
    if (at < 0) return malice;
  }
  return crash;
}

/** Some of the nodes, in no order. */
export function some(random: SeededRandom, { nodes }: Target, count: number): number[] {
  return shuffled(
    random,
    Array.from({ length: nodes }, (_, node) => node),
  ).slice(0, count);
}

/** What one seed means: a cluster's configuration and everything that will go wrong with it. */
import { type SeededRandom, seededRandom } from '../../src/testing/random.ts';

export const NODES = 5;

export type Action =
  | { readonly type: 'boot' | 'leave' | 'freeze' | 'thaw'; readonly node: number }
  /** A crashed process resets its links; without power nobody is told. */
  | { readonly type: 'crash'; readonly node: number; readonly hasPower: boolean }
  /** The date on one machine jumps. */
  | { readonly type: 'jump'; readonly node: number; readonly byMs: number }
  /** Every machine stands still for a while, as under a suspended hypervisor. */
  | { readonly type: 'suspend' | 'resume' }
  | { readonly type: 'part'; readonly side: readonly number[] }
  | { readonly type: 'heal' };

export type Step = Action & { readonly atMs: number };

export interface Plan {
  readonly seed: number;
  readonly intervalMs: number;
  readonly threshold: number;
  /** T. */
  readonly silenceLimitMs: number;
  readonly latencyMs: { readonly min: number; readonly max: number };
  readonly reconnectBaseDelayMs: number;
  readonly reconnectMaxDelayMs: number;
  readonly secret: string | null;
  /** For each node, the nodes it has as seeds. */
  readonly seeds: readonly (readonly number[])[];
  readonly steps: readonly Step[];
}

export function planOf(seed: number): Plan {
  const random = seededRandom(seed).fork('plan');
  const isFast = seed % 50 === 7;
  const intervalMs = isFast ? 100 : whole(random, 1_000, 5_000);
  const threshold = whole(random, 2, 4);
  const silenceLimitMs = intervalMs * threshold;
  const reconnectBaseDelayMs = whole(random, 100, 1_000);
  const steps = [...joins(random, silenceLimitMs)];
  steps.push(...faults(random, silenceLimitMs, last(steps)));
  return {
    seed,
    intervalMs,
    threshold,
    silenceLimitMs,
    latencyMs: { min: 0.1, max: between(random, 0.5, Math.min(100, intervalMs / 20)) },
    reconnectBaseDelayMs,
    reconnectMaxDelayMs: reconnectBaseDelayMs * whole(random, 1, 10),
    secret: seed % 10 === 3 ? 'a secret of the simulation' : null,
    seeds: Array.from({ length: NODES }, (_, node) => seedsOf(random, node)),
    // Stable: steps of the same moment stay in the order of their cause.
    steps: steps.sort((a, b) => a.atMs - b.atMs),
  };
}

/** The first node is everybody's seed; it knows one other, or nobody. */
function seedsOf(random: SeededRandom, node: number): readonly number[] {
  const other = whole(random, 0, NODES - 1);
  if (node === 0) return random.float() < 0.5 ? [] : [other];
  return other === 0 ? [0] : [0, other];
}

function* joins(random: SeededRandom, T: number): Generator<Step> {
  const spreadMs = pick(random, [0, 2, 1_000, 2 * T]);
  for (let node = 0; node < NODES; node += 1) {
    yield { type: 'boot', node, atMs: between(random, 0, spreadMs) };
  }
}

function* faults(random: SeededRandom, T: number, sinceMs: number): Generator<Step> {
  let atMs = sinceMs + between(random, 0, 2 * T);
  const count = whole(random, 4, 10);
  for (let fault = 0; fault < count; fault += 1) {
    const steps = faultAt(random, T, atMs);
    yield* steps;
    atMs += between(random, 0, 3 * T) + (random.float() < 0.7 ? last(steps) - atMs : 0);
  }
}

function faultAt(random: SeededRandom, T: number, atMs: number): readonly Step[] {
  const node = whole(random, 0, NODES - 1);
  const endMs = atMs + between(random, 0, pick(random, [0.1, 1, 3]) * T);
  switch (whole(random, 0, 7)) {
    case 0:
    case 1:
    case 2: {
      const hasPower = random.float() < 0.5;
      return [
        { type: 'crash', node, hasPower, atMs },
        { type: 'boot', node, atMs: endMs },
      ];
    }
    case 3:
      return [
        { type: 'freeze', node, atMs },
        { type: 'thaw', node, atMs: endMs },
      ];
    case 4:
      return [
        { type: 'suspend', atMs },
        { type: 'resume', atMs: endMs },
      ];
    case 5:
      return [
        { type: 'leave', node, atMs },
        { type: 'boot', node, atMs: endMs + 5_000 },
      ];
    case 6:
      return [{ type: 'jump', node, byMs: between(random, -60_000, 60_000), atMs }];
    default:
      return [
        { type: 'part', side: sideOf(random), atMs },
        { type: 'heal', atMs: endMs },
      ];
  }
}

function sideOf(random: SeededRandom): readonly number[] {
  const side = Array.from({ length: NODES }, (_, node) => node).filter(() => random.float() < 0.5);
  return side.length === 0 || side.length === NODES ? [0] : side;
}

function last(steps: readonly Step[]): number {
  return Math.max(0, ...steps.map(({ atMs }) => atMs));
}

function between(random: SeededRandom, min: number, max: number): number {
  return min + random.float() * (max - min);
}

function whole(random: SeededRandom, min: number, max: number): number {
  return min + Math.floor(random.float() * (max - min + 1));
}

function pick(random: SeededRandom, choices: readonly number[]): number {
  return choices[Math.floor(random.float() * choices.length)] ?? 0;
}

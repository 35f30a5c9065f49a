/** Nodes that end at a bad moment: while something is planned in them, or before they were met. */
import type { SeededRandom } from '../../src/testing/random.ts';
import { between, whole } from './draw.ts';
import { type Malice, some, type Target } from './nemesis.ts';
import type { Direction, Fault, Step } from './step.ts';

/** Somebody comes and goes, and a node that holds back its nodeUp is stopped. */
export const hush: Malice = (random, target, atMs): Fault => {
  const [flapping = 0, node = 1] = some(random, target, 2);
  const steps: Step[] = [];
  let nowMs = atMs;
  for (let time = whole(random, 4, 6); time > 0; time -= 1) {
    steps.push({ type: 'crash', node: flapping, hasPower: true, atMs: nowMs });
    nowMs += between(random, 100, 500);
    steps.push({ type: 'boot', node: flapping, atMs: nowMs });
    nowMs += between(random, 800, 1_600);
  }
  return [
    ...steps,
    { type: 'leave', node, atMs: nowMs },
    { type: 'boot', node, atMs: nowMs + between(random, 2_500, 4_000) },
  ];
};

/** Secrets change, and a node is stopped before it has renewed its links. */
export const hasty: Malice = (random, target, atMs): Fault => {
  const { secret, limits } = target;
  if (secret === null) return [];
  const fresh = 'a secret that is used once, as long as it should be';
  const node = whole(random, 0, Math.floor(target.nodes / 2));
  const leftMs = atMs + 500 + between(random, 0, 0.2) * limits.secretGraceMs;
  const backMs = leftMs + 2_500;
  return [
    { type: 'rotate', secrets: [secret, fresh], atMs },
    { type: 'rotate', secrets: [fresh, secret], atMs: atMs + 500 },
    { type: 'leave', node, atMs: leftMs },
    { type: 'boot', node, atMs: backMs },
    { type: 'rotate', secrets: [secret, fresh], atMs: backMs + 500 },
    { type: 'rotate', secrets: [secret], atMs: backMs + 1_500 + limits.secretGraceMs },
  ];
};

export interface Burial {
  /** Who dies for good. */
  readonly node: number;
  readonly steps: Fault;
}

/**
 * A new life of which most know by hearsay only ends, and at the same moment that of the only node
 * that has met it: nobody is left who could notice.
 */
export function burial(random: SeededRandom, target: Target, atMs: number): Burial {
  const { nodes, silenceLimitMs, intervalMs } = target;
  // The first one is everybody's seed.
  const node = whole(random, 1, nodes - 1);
  const others = Array.from({ length: nodes - 1 }, (_, at) => at + 1).filter((at) => at !== node);
  const paths = others.flatMap((other): Direction[] => [
    [other, node],
    [node, other],
  ]);
  const diesMs = atMs + 3.5 * silenceLimitMs + 3 * intervalMs;
  const steps: Step[] = [
    { type: 'cut', paths, atMs },
    { type: 'crash', node, hasPower: true, atMs },
    { type: 'boot', node, atMs: atMs + between(random, 100, 1_000) },
    { type: 'crash', node, hasPower: false, atMs: diesMs },
    { type: 'crash', node: 0, hasPower: false, atMs: diesMs },
    { type: 'mend', paths, atMs: diesMs },
    { type: 'boot', node: 0, atMs: diesMs + between(random, 100, 2_000) },
  ];
  return { node, steps };
}

/** What does not bring the dead back. */
export function withoutRevival(faults: readonly Fault[], { node, steps }: Burial): Fault[] {
  const sinceMs = steps[0]?.atMs ?? 0;
  const revives = (step: Step) =>
    (step.type === 'boot' || step.type === 'move') && step.node === node && step.atMs >= sinceMs;
  return faults.filter((fault) => !fault.some(revives));
}

/** What happens to processes and machines. */
import type { SeededRandom } from '../../src/testing/random.ts';
import { between, chance, pick, shuffled, whole } from './draw.ts';
import type { Malice, Target } from './nemesis.ts';
import type { Fault, Step } from './step.ts';

/** Further addresses, fewer than could be wanted: another node may have lived there. */
const SPARE_ADDRESSES = ['10.0.1.1', '10.0.1.2', '10.0.1.3'] as const;

const anyNode = (random: SeededRandom, { nodes }: Target) => whole(random, 0, nodes - 1);

/** Shorter than T, about T, or long enough to be noticed by all. */
function spell(random: SeededRandom, { silenceLimitMs }: Target): number {
  return between(random, 0, pick(random, [0.1, 1, 3]) * silenceLimitMs);
}

export const crash: Malice = (random, target, atMs): Fault => {
  const node = anyNode(random, target);
  const hasPower = chance(random, 0.5);
  const endMs = atMs + spell(random, target);
  const isMoving = target.hasNames && chance(random, 0.3);
  return [
    { type: 'crash', node, hasPower, atMs },
    isMoving
      ? { type: 'move', node, address: pick(random, SPARE_ADDRESSES), atMs: endMs }
      : { type: 'boot', node, atMs: endMs },
  ];
};

/** One node moves out, and another one moves in before the others have noticed. */
export const takeover: Malice = (random, target, atMs): Fault => {
  if (!target.hasNames) return [];
  const node = anyNode(random, target);
  const heir = (node + whole(random, 1, target.nodes - 1)) % target.nodes;
  const laterMs = atMs + between(random, 0, target.reconnectBaseDelayMs);
  const former = `10.0.0.${node + 1}`;
  return [
    { type: 'move', node, address: pick(random, SPARE_ADDRESSES), atMs },
    { type: 'move', node: heir, address: former, atMs: laterMs },
  ];
};

/** A machine is back before it was missed, and no packet of its former life gets through to it. */
export const blackout: Malice = (random, target, atMs): Fault => {
  const node = anyNode(random, target);
  const others = Array.from({ length: target.nodes }, (_, other) => other).filter(
    (other) => other !== node,
  );
  const backMs = atMs + between(random, 0, 0.3) * target.silenceLimitMs;
  return [
    { type: 'crash', node, hasPower: false, atMs },
    ...others.map((other): Step => ({ type: 'strand', path: [other, node], atMs })),
    { type: 'boot', node, atMs: backMs },
    // Somebody who still holds on to the former life dials, and meets the new one.
    {
      type: 'call',
      node: (node + whole(random, 1, target.nodes - 1)) % target.nodes,
      call: 'connect',
      target: node,
      isByAddress: true,
      timeoutMs: 3_000,
      atMs: backMs + between(random, 0, 50),
    },
  ];
};

export const freeze: Malice = (random, target, atMs): Fault => {
  const node = anyNode(random, target);
  return [
    { type: 'freeze', node, atMs },
    { type: 'thaw', node, atMs: atMs + spell(random, target) },
  ];
};

export const suspend: Malice = (random, target, atMs): Fault => [
  { type: 'suspend', atMs },
  { type: 'resume', atMs: atMs + spell(random, target) },
];

export const leave: Malice = (random, target, atMs): Fault => {
  const node = anyNode(random, target);
  return [
    { type: 'leave', node, atMs },
    { type: 'boot', node, atMs: atMs + spell(random, target) },
  ];
};

export const jump: Malice = (random, target, atMs): Fault => [
  { type: 'jump', node: anyNode(random, target), byMs: between(random, -60_000, 60_000), atMs },
];

/** One node after the other is stopped and started, as for an upgrade. */
export const roll: Malice = (random, target, atMs): Fault => {
  const gapMs = between(random, 2_500, 4_000);
  const order = shuffled(
    random,
    Array.from({ length: target.nodes }, (_, node) => node),
  );
  return order.flatMap((node, at): Step[] => [
    { type: 'leave', node, atMs: atMs + at * gapMs },
    { type: 'boot', node, atMs: atMs + at * gapMs + between(random, 0, gapMs) },
  ]);
};

/** A process that dies again and again, soon after its start. */
export const flap: Malice = (random, target, atMs): Fault => {
  const node = anyNode(random, target);
  const isGraceful = chance(random, 0.3);
  const steps: Step[] = [];
  let nowMs = atMs;
  for (let time = whole(random, 4, 8); time > 0; time -= 1) {
    steps.push(
      isGraceful
        ? { type: 'leave', node, atMs: nowMs }
        : { type: 'crash', node, hasPower: true, atMs: nowMs },
    );
    nowMs += between(random, 100, 1_500);
    steps.push({ type: 'boot', node, atMs: nowMs });
    nowMs += between(random, 500, 3_000);
  }
  return steps;
};

/** A machine that is short of processor time: it stands still for a moment, again and again. */
export const stutter: Malice = (random, target, atMs): Fault => {
  const node = anyNode(random, target);
  const steps: Step[] = [];
  let nowMs = atMs;
  for (let time = whole(random, 3, 12); time > 0; time -= 1) {
    steps.push({ type: 'freeze', node, atMs: nowMs });
    nowMs += between(random, 0.3, 0.8) * target.intervalMs;
    steps.push({ type: 'thaw', node, atMs: nowMs });
    nowMs += between(random, 0.05, 0.5) * target.intervalMs;
  }
  // Whoever falls silent now is not to be blamed for it so soon.
  return chance(random, 0.5) ? [...steps, ...silenced(random, target, node, nowMs)] : steps;
};

/** Beats are lost here and there while somebody who waits for them keeps nodding off. */
export const drowse: Malice = (random, target, atMs): Fault => {
  const node = anyNode(random, target);
  const other = (node + whole(random, 1, target.nodes - 1)) % target.nodes;
  const endMs = atMs + between(random, 2, 5) * target.silenceLimitMs;
  const steps: Step[] = [
    { type: 'strike', node, point: 'flush', chance: between(random, 0.2, 0.6), atMs },
    { type: 'strike', node, point: 'flush', chance: 0, atMs: endMs },
  ];
  for (let nowMs = atMs; nowMs < endMs; nowMs += between(random, 0.3, 0.6) * target.intervalMs) {
    // Too short to be noticed as a pause.
    const napMs = between(random, 0.1, 0.24) * target.intervalMs;
    steps.push({ type: 'freeze', node: other, atMs: nowMs });
    steps.push({ type: 'thaw', node: other, atMs: nowMs + napMs });
  }
  return steps;
};

function silenced(random: SeededRandom, target: Target, node: number, atMs: number): Step[] {
  const other = (node + whole(random, 1, target.nodes - 1)) % target.nodes;
  const paths = [[other, node]] as const;
  const endMs = atMs + between(random, 1, 3) * target.silenceLimitMs;
  return [
    { type: 'cut', paths, atMs },
    { type: 'mend', paths, atMs: endMs },
  ];
}

/** Dials fail, links are turned away, or records are lost inside of a process. */
export const strike: Malice = (random, target, atMs): Fault => {
  const node = anyNode(random, target);
  const point = pick(random, ['dial', 'accept', 'flush'] as const);
  const endMs = atMs + between(random, 1, 4) * target.silenceLimitMs;
  return [
    { type: 'strike', node, point, chance: between(random, 0.05, 0.6), atMs },
    { type: 'strike', node, point, chance: 0, atMs: endMs },
  ];
};

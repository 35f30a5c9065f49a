/** What users and intruders do. */
import { between, chance, pick, whole } from './draw.ts';
import { type Malice, some } from './nemesis.ts';
import type { Fault, Step } from './step.ts';

/** A burst of calls, to nodes that are there, that are not, and to nobody. */
export const askAround: Malice = (random, target, atMs): Fault =>
  Array.from({ length: whole(random, 3, 12) }, (): Step => {
    const call = pick(random, ['connect', 'ping', 'ping', 'roundTrip', 'health'] as const);
    const other = whole(random, 0, target.nodes - 1);
    return {
      type: 'call',
      node: whole(random, 0, target.nodes - 1),
      call,
      target: chance(random, 0.1) ? null : other,
      timeoutMs: whole(random, 50, 6_000),
      atMs: atMs + between(random, 0, target.silenceLimitMs),
    };
  });

/** Somebody asks for a node that cannot be reached, and is stopped before there is an answer. */
export const hurry: Malice = (random, target, atMs): Fault => {
  const [a = 0, b = 1] = some(random, target, 2);
  const paths = [
    [a, b],
    [b, a],
  ] as const;
  const askedMs = atMs + between(random, 1.2, 2.5) * target.silenceLimitMs;
  const leftMs = askedMs + between(random, 1, 500);
  const timeoutMs = whole(random, 3_000, 6_000);
  return [
    { type: 'cut', paths, atMs },
    { type: 'call', node: a, call: 'connect', target: b, timeoutMs, atMs: askedMs },
    { type: 'call', node: a, call: 'roundTrip', target: b, timeoutMs, atMs: askedMs },
    { type: 'leave', node: a, atMs: leftMs },
    { type: 'boot', node: a, atMs: leftMs + 2_500 },
    { type: 'mend', paths, atMs: leftMs + 3_000 },
  ];
};

export const hangUp: Malice = (random, target, atMs): Fault => {
  const [a = 0, b = 1] = some(random, target, 2);
  const endMs = atMs + between(random, 0.1, 2) * target.silenceLimitMs;
  return [
    { type: 'disconnect', path: [a, b], atMs },
    { type: 'reconnect', path: [a, b], atMs: endMs },
  ];
};

/** In three rounds, as the manual says: accept the new one, sign with it, drop the old one. */
export const rotateSecrets: Malice = (random, { secret, limits }, atMs): Fault => {
  if (secret === null) return [];
  const fresh = `a secret of ${whole(random, 1, 3)}, as long as it should be`;
  const gapMs = limits.secretGraceMs + 1_000;
  return [
    { type: 'rotate', secrets: [secret, fresh], atMs },
    { type: 'rotate', secrets: [fresh, secret], atMs: atMs + 500 },
    { type: 'rotate', secrets: [fresh], atMs: atMs + 500 + gapMs },
    { type: 'rotate', secrets: [fresh, secret], atMs: atMs + 1_000 + gapMs },
    { type: 'rotate', secrets: [secret, fresh], atMs: atMs + 1_500 + gapMs },
    { type: 'rotate', secrets: [secret], atMs: atMs + 1_500 + 2 * gapMs },
  ];
};

/** Somebody on the way repeats, withholds or mixes up records. */
export const tamper: Malice = (random, target, atMs): Fault => {
  if (target.secret === null) return [];
  const [from = 0, to = 1] = some(random, target, 2);
  const how = pick(random, ['repeat', 'drop', 'cross'] as const);
  return [{ type: 'forge', path: [from, to], how, atMs }];
};

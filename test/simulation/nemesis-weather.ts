/** What makes paths and readers slow without ending anything. */
import { between, chance, whole } from './draw.ts';
import { type Malice, some } from './nemesis.ts';
import type { Fault, Step } from './step.ts';

/** Loss, duplicates, reordering and little bandwidth, on some paths and for a while. */
export const storm: Malice = (random, target, atMs): Fault => {
  const [center = 0, ...others] = some(random, target, whole(random, 2, target.nodes));
  const endMs = atMs + between(random, 1, 6) * target.silenceLimitMs;
  return others.flatMap((other): Step[] => {
    const path = chance(random, 0.5) ? ([center, other] as const) : ([other, center] as const);
    const weather = {
      latencyMs: { min: 1, max: between(random, 1, 300) },
      loss: between(random, 0, 0.3),
      duplicate: between(random, 0, 0.2),
      reorder: between(random, 0, 0.3),
      bytesPerSecond: between(random, 2_000, 100_000),
    };
    return [
      { type: 'weather', path, weather, atMs },
      { type: 'weather', path, weather: null, atMs: endMs },
    ];
  });
};

/** A process that reads very slowly. */
export const treacle: Malice = (random, target, atMs): Fault => {
  const [node = 0] = some(random, target, 1);
  const endMs = atMs + between(random, 1, 6) * target.silenceLimitMs;
  return [
    { type: 'slow', node, bytesPerSecond: between(random, 50, 2_000), atMs },
    { type: 'slow', node, bytesPerSecond: null, atMs: endMs },
  ];
};

/** What one node writes to another stays in its own process; the other may be unwell besides. */
export const clog: Malice = (random, target, atMs): Fault => {
  const [from = 0, to = 1] = some(random, target, 2);
  const { intervalMs, silenceLimitMs } = target;
  const endMs = atMs + between(random, 0.5, 4) * silenceLimitMs;
  const steps: Step[] = [];
  if (chance(random, 0.6)) {
    // Whoever doubts itself does not blame the silent one at once, and beats on meanwhile.
    for (let nowMs = atMs - 4 * intervalMs; nowMs < endMs; nowMs += 0.75 * intervalMs) {
      steps.push({ type: 'freeze', node: to, atMs: Math.max(0, nowMs) });
      steps.push({ type: 'thaw', node: to, atMs: Math.max(0, nowMs + 0.45 * intervalMs) });
    }
  }
  const path = [from, to] as const;
  return [...steps, { type: 'clog', path, atMs }, { type: 'unclog', path, atMs: endMs }];
};

// Sessions are made and broken, a hundred thousand times; nothing may be left of them:
//   node --expose-gc campaigns/endurance/cycles.mjs [--count 100000] [--every 1000] [--record]
import { getEventListeners } from 'node:events';
import { setTimeout as wait } from 'node:timers/promises';
import { atMost, exactly, unjudged } from '../support/goals.mjs';
import { flag, readOptions, whole } from '../support/options.mjs';
import { report } from '../support/report.mjs';
import { lastShare, slope } from '../support/slope.mjs';
import { Pair } from './pair.mjs';

const values = readOptions({
  count: whole(100_000, { min: 2 }),
  every: whole(1_000),
  pairs: whole(4, { max: 100 }),
  record: flag,
});
if (!globalThis.gc) throw new Error('run it with node --expose-gc');
const { count } = values;
/** There is one rest at least to compare with the first. */
const every = Math.min(values.every, Math.floor(count / 2));
const JUDGED_SHARE = 0.8;
const MAX_SLOPE_BYTES = 1_024;
/** Below so many samples a slope is noise: the short form says what it measured, in total. */
const MIN_SAMPLES = 20;
const MAX_GROWTH_BYTES = 256 * 1_024;
const SETTLE_MS = 5_000;
/** Of twenty cycles; a cut makes two sessions and counts twice. */
const MODES = [...Array(14).fill('call'), ...Array(3).fill('cut'), ...Array(3).fill('restart')];
const WEIGHT = { call: 1, cut: 2, restart: 1 };

const startedAt = performance.now();
const { signal } = new AbortController();
const pairs = Array.from({ length: values.pairs }, (_, index) => new Pair(index, signal));
await Promise.all(pairs.map((pair) => pair.start()));
const done = { call: 0, cut: 0, restart: 0 };
let cycles = 0;
let turns = 0;

await cycleUntil(every);
const base = await quietState();
const samples = [];
const uneven = [];
while (cycles < count) {
  await cycleUntil(Math.min(count, cycles + every));
  const state = await quietState(base.resources);
  samples.push({ x: cycles, y: state.heapBytes });
  if (state.resources !== base.resources) uneven.push(`${cycles}: ${state.resources}`);
}
await Promise.all(pairs.map((pair) => pair.stop()));
const left = await resourcesWithin(SETTLE_MS, '');
const minutes = (performance.now() - startedAt) / 60_000;

report({
  name: 'endurance-cycles',
  title: 'A hundred thousand sessions, made and broken',
  seeds: null,
  rows: [
    exactly('sessions made and broken', count, Math.min(count, cycles)),
    heapRow(),
    exactly('rests with other handles, timers or listeners than the first', 0, uneven.length),
    { what: 'handles after stop()', goal: 'none', measured: left || 'none', ok: left === '' },
    unjudged('time', minutes, 'min'),
  ],
  notes: [
    `${done.call} times connect() and disconnect(), ${done.cut} times a link cut below the session
    (two sessions each), ${done.restart} times stop() and start() of a peer; real TCP, both ends in
    one process. At rest: ${base.resources}. The limit of accepted links per second is raised, and
    flap damping is off.`.replace(/\s+/g, ' '),
    `Heap after collection: ${samples
      .map(({ y }) => Math.round(y / 1_024))
      .filter(isShown)
      .join(', ')} KiB.`,
    ...uneven.slice(0, 5),
  ],
});

function heapRow() {
  if (samples.length < MIN_SAMPLES) {
    const growth = (samples.at(-1)?.y ?? 0) - (samples[0]?.y ?? 0);
    return atMost('growth of the heap since the first rest', MAX_GROWTH_BYTES, growth, 'bytes');
  }
  const perThousand = slope(lastShare(samples, JUDGED_SHARE)) * 1_000;
  return atMost('growth of the heap per 1,000 sessions', MAX_SLOPE_BYTES, perThousand, 'bytes');
}

async function cycleUntil(target) {
  await Promise.all(
    pairs.map(async (pair) => {
      while (cycles < target) {
        const mode = MODES[turns % MODES.length];
        turns += 1;
        cycles += WEIGHT[mode];
        done[mode] += 1;
        await pair[mode]();
      }
    }),
  );
}

/** No session, nothing under way: what is there now is what is kept. */
async function quietState(wanted) {
  const resources = await resourcesWithin(SETTLE_MS, wanted);
  globalThis.gc();
  await wait(0);
  globalThis.gc();
  const { heapUsed, external } = process.memoryUsage();
  return { resources, heapBytes: heapUsed + external };
}

/** What Node holds on to, once it is as wanted; without a wish, once it stays the same. */
async function resourcesWithin(ms, wanted) {
  const until = performance.now() + ms;
  let stable = 0;
  let last = '';
  while (performance.now() < until) {
    const now = resources();
    stable = now === last ? stable + 1 : 0;
    last = now;
    if (wanted === undefined ? stable >= 40 : now === wanted) break;
    await wait(10);
  }
  return last;
}

function resources() {
  const counts = new Map();
  // The timer by which this very function waits has fired, and is not among them.
  for (const kind of process.getActiveResourcesInfo())
    counts.set(kind, (counts.get(kind) ?? 0) + 1);
  for (const kind of ['TTYWrap', 'PipeWrap']) counts.delete(kind);
  const ofProcess = process
    .eventNames()
    .reduce((sum, name) => sum + process.listenerCount(name), 0);
  const ofSignal = getEventListeners(signal, 'abort').length;
  if (ofSignal > 0) counts.set('abort listeners', ofSignal);
  if (ofProcess > ownListeners()) counts.set('process listeners', ofProcess);
  return [...counts]
    .sort()
    .map(([kind, n]) => `${n} ${kind}`)
    .join(', ');
}

function ownListeners() {
  resources.own ??= process
    .eventNames()
    .reduce((sum, name) => sum + process.listenerCount(name), 0);
  return resources.own;
}

function isShown(_, index, all) {
  return index % Math.ceil(all.length / 20) === 0 || index === all.length - 1;
}

// One node full of actors that do nothing: what they hold, and how long they took to start and stop.
//   node --expose-gc bench/messaging/idle-node.mjs '{"logic": "machine", "count": 10000}'
import { performance } from 'node:perf_hooks';
import { setTimeout as wait } from 'node:timers/promises';
import { assign, fromTransition, setup } from 'xstate';
import { createTestCluster } from '../../dist/testing/index.js';

/** Under way at once, as a program would start them that does not wait for each. */
const AT_ONCE = 1_000;
const WARM_UPS = 20;
const HOUR_MS = 3_600_000;

const counted = assign({ count: ({ context }) => context.count + 1 });
const machine = (idle) =>
  setup({ actions: { counted } }).createMachine({
    context: { count: 0 },
    initial: 'idle',
    states: {
      idle: { on: { work: { target: 'working', actions: 'counted' } }, ...idle },
      working: { on: { rest: 'idle', end: 'over' } },
      over: { type: 'final' },
    },
  });

const LOGICS = {
  machine: machine({}),
  'machine with a timer': machine({ after: { [HOUR_MS]: 'working' } }),
  fromTransition: fromTransition((state) => state, { count: 0 }),
  handler: () => null,
};

const { logic, count } = JSON.parse(process.argv[2]);
const totals = new Map();
const counters = {
  add: (name, by = 1) => totals.set(name, (totals.get(name) ?? 0) + by),
  get: (name) => totals.get(name) ?? 0,
};
const cluster = createTestCluster({ counters });
await cluster.start({ nodeName: 'idle', host: '127.0.0.1', port: 0 });
const { actors } = cluster;
actors.behaviors.register('idle', LOGICS[logic]);

for (let round = 0; round < WARM_UPS; round += 1) await stopAll(await spawnAll(AT_ONCE));
const before = await atRest(0);
const spawnedFrom = performance.now();
const refs = await spawnAll(count);
const spawnMs = performance.now() - spawnedFrom;
const full = await atRest(count);
const stoppedFrom = performance.now();
await stopAll(refs);
const stopMs = performance.now() - stoppedFrom;
const empty = await atRest(0);
await cluster.stop();

const each = (bytes) => Math.round(bytes / count);
console.log(
  JSON.stringify({
    heapBytes: each(full.heapUsed - before.heapUsed),
    /** What the starter keeps to find it again: still there when the actors have ended. */
    refBytes: each(empty.heapUsed - before.heapUsed),
    rssBytes: each(full.rss - before.rss),
    spawnUs: (spawnMs * 1_000) / count,
    stopUs: (stopMs * 1_000) / count,
    refs: refs.length,
  }),
);

async function spawnAll(wanted) {
  const started = [];
  while (started.length < wanted) {
    const some = Math.min(AT_ONCE, wanted - started.length);
    started.push(...(await Promise.all(Array.from({ length: some }, () => actors.spawn('idle')))));
  }
  return started;
}

async function stopAll(started) {
  for (let from = 0; from < started.length; from += AT_ONCE) {
    const stops = started.slice(from, from + AT_ONCE).map((ref) => ref.stop());
    if ((await Promise.all(stops)).includes(false)) throw new Error('an actor had ended before');
  }
}

/** What is in use after collection, with so many actors running. */
async function atRest(running) {
  if (counters.get('processes') !== running) {
    throw new Error(`${counters.get('processes')} actors run, not ${running}`);
  }
  for (let i = 0; i < 3; i += 1) {
    await wait(20);
    globalThis.gc();
  }
  return process.memoryUsage();
}

// Every node of a cluster of five is restarted, one after the other, under load:
//   node campaigns/rolling/run.mjs [--rounds 2] [--plans first-leave,none-kill] [--record]
import { once } from 'node:events';
import { freePort, withProcesses } from '../support/fleet.mjs';
import { atMost, exactly } from '../support/goals.mjs';
import { flag, readOptions, text, whole } from '../support/options.mjs';
import { report } from '../support/report.mjs';

/** Whom a node lists as seeds, and how it ends. Who leaves and lists nobody is not dialled again. */
const PLANS = {
  'all-leave': { seeds: (ids) => ids, end: (node) => node.leave() },
  'all-kill': { seeds: (ids) => ids, end: kill },
  'first-leave': {
    seeds: (ids, index) => (index > 0 ? [ids[0]] : []),
    end: (node) => node.leave(),
  },
  'first-kill': { seeds: (ids, index) => (index > 0 ? [ids[0]] : []), end: kill },
  'none-kill': { seeds: () => [], end: kill },
};
/** One round of both, for those in a hurry. */
const SHORT_PLANS = {
  'first-mixed': {
    seeds: PLANS['first-leave'].seeds,
    end: (node) => (Number(node.name.slice(1)) % 2 === 0 ? node.leave() : kill(node)),
  },
};
const ALL_PLANS = { ...PLANS, ...SHORT_PLANS };
const values = readOptions({
  rounds: whole(2, { max: 10_000 }),
  plans: text(
    Object.keys(PLANS).join(','),
    `some of ${Object.keys(ALL_PLANS).join(',')}`,
    (names) => names.split(',').every((name) => Object.hasOwn(ALL_PLANS, name)),
  ),
  record: flag,
});
const NODES = 5;
const BACK_LIMIT_MS = 1_000;
/** 20 pairs at 40 ms: 500 requests a second. */
const REQUEST_EVERY_MS = 40;
const SETTINGS = {
  clusterSecret: 'a secret that outlives each of them',
  reconnectBaseDelayMs: 50,
  reconnectMaxDelayMs: 500,
};

const total = { restarts: 0, slowestBackMs: 0, requests: 0, failed: 0, wrongDowns: 0, wrongUps: 0 };
const evidence = [];

for (const plan of values.plans.split(',')) {
  await withProcesses((boot) => roll(boot, plan, ALL_PLANS[plan]));
}

report({
  name: 'rolling',
  title: 'All five nodes are restarted one after the other',
  seeds: null,
  rows: [
    exactly('restarts', values.plans.split(',').length * NODES * values.rounds, total.restarts),
    atMost('from start() until up at every node', BACK_LIMIT_MS, total.slowestBackMs, 'ms'),
    exactly('nodeDown of a node that was not being restarted', 0, total.wrongDowns),
    exactly('nodeUp beyond or short of one per restart and node', 0, total.wrongUps),
    exactly('failed requests between nodes that were not being restarted', 0, total.failed),
  ],
  notes: [
    `${total.requests.toLocaleString('en')} requests; plans: ${values.plans}. A plan names whom nodes
    list as seeds (all others, the first node, nobody) and how a node ends (it leaves, or kill -9).
    Dialling is repeated every 50 to 500 ms.`.replace(/\s+/g, ' '),
    ...evidence,
  ],
});

async function roll(boot, plan, { seeds, end }) {
  const ports = await Promise.all(Array.from({ length: NODES }, freePort));
  const ids = ports.map((port, index) => `n${index}@127.0.0.1:${port}`);
  const isFirstRun = { done: false };
  const start = async (index) => {
    const node = boot(`n${index}`);
    // The first time somebody has to introduce them.
    const listed = isFirstRun.done ? seeds(ids, index) : ids;
    await node.start({
      ...SETTINGS,
      port: ports[index],
      seeds: listed.filter((id) => id !== ids[index]),
    });
    return node;
  };
  const nodes = await Promise.all(ids.map((_, index) => start(index)));
  isFirstRun.done = true;
  await Promise.all(
    nodes.flatMap((node) => ids.filter((id) => id !== node.id).map((id) => node.up(id))),
  );
  const aim = (present) =>
    Promise.all(
      present.map((node) =>
        node.ask(
          'aim',
          present.map(({ id }) => id).filter((id) => id !== node.id),
          REQUEST_EVERY_MS,
        ),
      ),
    );
  await aim(nodes);

  for (let step = 0; step < NODES * values.rounds; step += 1) {
    const index = step % NODES;
    const others = nodes.filter((_, i) => i !== index);
    count(await nodes[index].ask('aim', [], 0));
    await aim(others);
    const marks = others.map(({ mark }) => mark);
    await end(nodes[index]);
    await Promise.all(others.map((node, i) => node.down(ids[index], marks[i])));
    const present = await start(index);
    const ups = await Promise.all([
      ...others.map((node, i) => node.up(ids[index], marks[i])),
      ...others.map(({ id }) => present.up(id)),
    ]);
    const startedAt = present.messages.find(({ type }) => type === 'starting').at;
    const backMs = Math.max(...ups.map(({ at }) => at)) - startedAt;
    total.slowestBackMs = Math.max(total.slowestBackMs, backMs);
    total.restarts += 1;
    nodes[index] = present;
    await aim(nodes);
    judge(plan, present, others, marks);
  }
  for (const node of nodes) count(await node.ask('aim', [], 0));
}

function judge(plan, present, others, marks) {
  for (const [i, node] of others.entries()) {
    const told = node.messages.slice(marks[i]);
    const downs = told.filter(({ type, nodeId }) => type === 'down' && nodeId !== present.id);
    wrong('wrongDowns', downs.length, `${plan}: ${node.name} lost ${JSON.stringify(downs)}`);
    const changes = told.filter(({ type }) => type === 'up' || type === 'down');
    wrong(
      'wrongUps',
      Math.abs(changes.length - downs.length - 2),
      `${plan}: ${JSON.stringify(changes)}`,
    );
  }
  const downs = present.downs();
  wrong(
    'wrongDowns',
    downs.length,
    `${plan}: the new ${present.name} lost ${JSON.stringify(downs)}`,
  );
}

function count(tally) {
  total.requests += tally.count;
  wrong('failed', tally.failed, tally.failures.join('; '));
}

function wrong(kind, faults, what) {
  total[kind] += faults;
  if (faults > 0 && evidence.length < 10) evidence.push(what);
}

async function kill(node) {
  const exited = once(node.process, 'exit');
  node.kill();
  await exited;
}

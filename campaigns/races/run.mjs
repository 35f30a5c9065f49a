// Two nodes dial each other at the same moment, over and over:
//   node campaigns/races/run.mjs [--count 10000] [--seed 1] [--record]
import { setImmediate as turn, setTimeout as wait } from 'node:timers/promises';
import { seededRandom } from '../../dist/testing/index.js';
import { atMost, exactly } from '../support/goals.mjs';
import { flag, readOptions, whole } from '../support/options.mjs';
import { report } from '../support/report.mjs';
import { Racer } from './racer.mjs';

const values = readOptions({
  count: whole(10_000),
  pairs: whole(8, { max: 1_000 }),
  seed: whole(1, { min: 0 }),
  record: flag,
});
const { count } = values;
const random = seededRandom(values.seed);
/** A pair that needs longer has come to a halt. */
const DEADLOCK_MS = 10_000;
const SLOWEST_MS = 3_000;
/** Half of the time the second dial starts later, by at most this: about what one race takes. */
const MAX_APART_MS = 30;

const total = { races: 0, crossed: 0, byName: [0, 0], slowestMs: 0 };
const wrong = { deadlocks: 0, calls: 0, sessions: 0, ups: 0, downs: 0, messages: 0 };
const printed = [];

const pairs = await Promise.all(
  Array.from({ length: Math.min(count, Number(values.pairs)) }, async (_, index) => {
    const [a, b] = [new Racer(`a${index}`), new Racer(`b${index}`)];
    await Promise.all([a.start(), b.start()]);
    return { a, b, random: random.fork(`pair ${index}`) };
  }),
);
let left = count;
await Promise.all(pairs.map(runPair));
await Promise.all(pairs.flatMap(({ a, b }) => [a.stop(), b.stop()]));

report({
  name: 'races',
  title: 'Two nodes that dial each other at the same moment',
  seeds: String(values.seed),
  rows: [
    exactly('races', count, total.races),
    exactly('pairs that came to a halt', 0, wrong.deadlocks),
    exactly('races that did not end in one session, the same at both ends', 0, wrong.sessions),
    exactly('connect() that failed', 0, wrong.calls),
    exactly('nodeUp beyond or short of one at each end', 0, wrong.ups),
    exactly('nodeDown before the session was ended', 0, wrong.downs),
    exactly('messages lost over the session that was left', 0, wrong.messages),
    atMost('the slowest race', SLOWEST_MS, total.slowestMs, 'ms'),
  ],
  notes: [
    `In ${total.crossed} races both links stood before one was chosen; the session that was left had
    been dialled ${total.byName[0]} times by the one node and ${total.byName[1]} times by the
    other.`.replace(/\s+/g, ' '),
    'Flap damping is off, since no two nodes of a real cluster meet so often.',
    ...printed,
  ],
});

async function runPair(pair) {
  while (left > 0) {
    left -= 1;
    const raced = await Promise.race([race(pair), wait(DEADLOCK_MS, 'halt', { ref: false })]);
    total.races += 1;
    if (raced !== 'halt') continue;
    wrong.deadlocks += 1;
    printed.push(`halt: ${pair.a.state()} ${pair.b.state()}`);
    return;
  }
}

async function race({ a, b, random: chance }) {
  const [first, second] = chance.float() < 0.5 ? [a, b] : [b, a];
  const apartMs = chance.float() < 0.5 ? 0 : chance.float() * MAX_APART_MS;
  a.begin();
  b.begin();
  const startedAt = performance.now();
  const calls = [first.connect(second)];
  if (apartMs > 0) await turnsFor(apartMs);
  calls.push(second.connect(first));
  const ended = await Promise.all(calls);
  await Promise.all([a.whenUp(), b.whenUp()]);
  total.slowestMs = Math.max(total.slowestMs, performance.now() - startedAt);
  note('calls', ended.filter((error) => error !== null && !isTooLate(error)).length, ended);
  const answers = await Promise.all([a.ping(b), b.ping(a)]);
  note('messages', answers.filter((isAnswered) => !isAnswered).length, answers);
  const isOne = a.isOneSession() && b.isOneSession() && a.initiator !== b.initiator;
  note('sessions', isOne ? 0 : 1, [a.state(), b.state()]);
  note('ups', Math.abs(a.ups - 1) + Math.abs(b.ups - 1), [a.ups, b.ups]);
  note('downs', a.downs + b.downs, [a.downs, b.downs]);
  if (a.accepted > 0 && b.accepted > 0) total.crossed += 1;
  total.byName[a.initiator === 'local' ? 0 : 1] += 1;
  await Promise.all([a.whenDown(), b.whenDown(), first.disconnect(second)]);
}

/** The other dial has won before this call began. */
function isTooLate(error) {
  return error.reason === 'already_connected';
}

async function turnsFor(ms) {
  const until = performance.now() + ms;
  while (performance.now() < until) await turn();
}

function note(kind, faults, evidence) {
  wrong[kind] += faults;
  if (faults > 0 && printed.length < 10)
    printed.push(`${kind}: ${evidence.map(String).join('; ')}`);
}

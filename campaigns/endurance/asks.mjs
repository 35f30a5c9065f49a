// A million asks to an actor of another process; nothing may be left of them, at either end:
//   node --expose-gc campaigns/endurance/asks.mjs [--count 1000000] [--every 20000] [--record]
import { fork } from 'node:child_process';
import { getEventListeners, once, setMaxListeners } from 'node:events';
import { setTimeout as wait } from 'node:timers/promises';
import { atMost, exactly, unjudged } from '../support/goals.mjs';
import { flag, readOptions, whole } from '../support/options.mjs';
import { report } from '../support/report.mjs';
import { lastShare, slope } from '../support/slope.mjs';
import { AskEnd } from './ask-end.mjs';

const values = readOptions({
  count: whole(1_000_000, { min: 2 }),
  every: whole(20_000),
  inFlight: whole(64, { max: 10_000 }),
  record: flag,
});
if (!globalThis.gc) throw new Error('run it with node --expose-gc');
const { count, inFlight } = values;
/** There is one rest at least to compare with the first. */
const every = Math.min(values.every, Math.floor(count / 2));
const JUDGED_SHARE = 0.8;
const MAX_SLOPE_BYTES = 1_024;
/** Below so many samples a slope is noise: the short form says what it measured, in total. */
const MIN_SAMPLES = 20;
const MAX_GROWTH_BYTES = 256 * 1_024;
/** Long enough for a busy machine; each rest has to wait for the timer that it leaves behind. */
const TIMEOUT_MS = 1_000;

const startedAt = performance.now();
const child = fork(new URL('ask-end.mjs', import.meta.url));
const call = async (command) => {
  child.send(command);
  const [reply] = await once(child, 'message');
  return reply;
};
const { id } = await call('start');
const here = new AskEnd();
await here.start('here', [id]);
const ref = await here.reach(id);
const { signal } = new AbortController();
// Every ask listens to it.
setMaxListeners(inFlight + 10, signal);

let asked = 0;
let wrong = 0;
await askUntil(every);
const base = await rest();
const samples = [];
const grown = [];
while (asked < count) {
  await askUntil(Math.min(count, asked + every));
  const state = await rest();
  samples.push({ x: asked, here: state.here.heapBytes, there: state.there.heapBytes });
  for (const end of ['here', 'there']) {
    const [now, then] = [state[end].left, base[end].left];
    if (hasGrown(now, then)) grown.push(`${asked} asks, ${end}: ${now} instead of ${then}`);
  }
}
const seconds = (performance.now() - startedAt) / 1_000;
await here.stop();
child.send('stop');
await once(child, 'exit');

report({
  name: 'endurance-asks',
  title: 'A million asks',
  seeds: null,
  rows: [
    exactly('asks that were answered', count, asked),
    exactly('answers to another question', 0, wrong),
    exactly('rests with more asks, timers, handles or listeners than the first', 0, grown.length),
    heapRow('who asks', 'here'),
    heapRow('who answers', 'there'),
    unjudged('time', seconds, 's'),
  ],
  notes: [
    `${inFlight} asks at once, each with an abort signal and a time limit of ${TIMEOUT_MS} ms, over TCP to
    another process; a rest after every ${every.toLocaleString('en')}. At rest: ${base.here.left}.`.replace(
      /\s+/g,
      ' ',
    ),
    ...grown.slice(0, 5),
  ],
});

function heapRow(whose, end) {
  const points = samples.map((sample) => ({ x: sample.x, y: sample[end] }));
  if (points.length < MIN_SAMPLES) {
    const growth = (points.at(-1)?.y ?? 0) - base[end].heapBytes;
    const what = `growth of the heap of ${whose} since the first rest`;
    return atMost(what, MAX_GROWTH_BYTES, growth, 'bytes');
  }
  const perThousand = slope(lastShare(points, JUDGED_SHARE)) * 1_000;
  return atMost(
    `growth of the heap of ${whose} per 1,000 asks`,
    MAX_SLOPE_BYTES,
    perThousand,
    'bytes',
  );
}

async function askUntil(target) {
  const loop = async () => {
    while (asked < target) {
      const n = asked;
      asked += 1;
      const answer = await ref.ask({ n }, { timeoutMs: TIMEOUT_MS, signal });
      if (answer.n !== n) wrong += 1;
    }
  };
  // A few fail on purpose: what is left of those counts, too.
  const late = Array.from({ length: 5 }, () =>
    ref.ask('silence', { timeoutMs: 50, signal }).catch(() => {}),
  );
  await Promise.all([...late, ...Array.from({ length: inFlight }, loop)]);
}

/** Of anything that is left there is more: timers of the start go away by themselves. */
function hasGrown(now, then) {
  const before = countsOf(then);
  return [...countsOf(now)].some(([what, count]) => count > (before.get(what) ?? 0));
}

/** Of `2 Timeout, 1 TCPSocketWrap`. */
function countsOf(text) {
  return new Map(
    [...text.matchAll(/(\d+) ([^,]+)/g)].map(([, count, what]) => [what, Number(count)]),
  );
}

/** Nothing is under way: what there is now is what is kept. */
async function rest() {
  await wait(TIMEOUT_MS + 50);
  const listeners = getEventListeners(signal, 'abort').length;
  const mine = await here.look();
  const there = await call('look');
  return { here: { ...mine, left: `${mine.left}, ${listeners} abort listeners` }, there };
}

// Two processes on loopback: this one asks, a fork of it answers. A variant says how.
import { fork } from 'node:child_process';
import { once } from 'node:events';

const LATENCY_WARM_UP_MS = 1_000;
const RATE_WARM_UP_MS = 1_000;
/** Sends without a pause: as many bytes as a queue should hold. */
const BURST = { small: 256, '1k': 256, '64k': 16 };
const FIRST_BURSTS = 80;
const MAX_SENDS = 1_000_000;
const SENDS_DEADLINE_MS = 15_000;

export const PAYLOADS = {
  small: (i) => ({ id: i, name: 'user-name-000016', tags: ['alpha', 'bravo', 'charlie'] }),
  '1k': (() => {
    const bytes = Buffer.alloc(1_024, 7);
    return () => bytes;
  })(),
  '64k': (() => {
    const bytes = Buffer.alloc(65_536, 7);
    return () => bytes;
  })(),
};

const turn = () => new Promise((resolve) => setImmediate(resolve));
const nowUs = () => Number(process.hrtime.bigint()) / 1_000;

function cpuSeconds() {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}

/**
 * `serve(options, hit)` resolves to what the client needs, and calls `hit` for every message that
 * has come; `connect(info, options)` resolves to `{ask(payload), send(payload), pressure()}`, where
 * `send` and `pressure` are for the phase `sends` only.
 */
export async function duel({ serve, connect }) {
  const { role, options } = JSON.parse(process.argv[2] ?? '{}');
  if (role === 'server') return runServer(serve, options);
  return runClient(connect, options);
}

async function runServer(serve, options) {
  let hits = 0;
  let watched = null;
  const info = await serve(options, () => {
    hits += 1;
    if (watched !== null && hits >= watched.at) {
      process.send({ number: watched.number, hits, at: nowUs() });
      watched = null;
    }
  });
  process.on('message', ({ number, at }) => {
    if (at === undefined) process.send({ number, hits, cpu: cpuSeconds() });
    else if (hits >= at) process.send({ number, hits, at: nowUs() });
    else watched = { number, at };
  });
  process.on('disconnect', () => process.exit());
  process.send({ info });
}

async function runClient(connect, options) {
  const { ms, payloads, phases, serverFlags = [] } = options;
  const server = fork(process.argv[1], [JSON.stringify({ role: 'server', options })], {
    execArgv: [...process.execArgv, ...serverFlags],
  });
  const [{ info }] = await once(server, 'message');
  const waiting = new Map();
  let calls = 0;
  server.on('message', (message) => {
    waiting.get(message.number)?.(message);
    waiting.delete(message.number);
  });
  const tell = (fields) =>
    new Promise((resolve) => {
      calls += 1;
      waiting.set(calls, resolve);
      server.send({ number: calls, ...fields });
    });
  /** Messages that have come there, and the seconds of processor time of both. */
  const usage = async () => {
    const { hits, cpu } = await tell({});
    return { hits, cpu: cpu + cpuSeconds() };
  };
  const peer = await connect(info, options);

  const results = {};
  for (const name of payloads) {
    const payload = PAYLOADS[name];
    const check = checked(peer, name);
    const result = {};
    if (phases.includes('one')) {
      await oneAtATime(check, payload, LATENCY_WARM_UP_MS, usage);
      result.one = await oneAtATime(check, payload, ms, usage);
    }
    for (const inFlight of [1, 64, 256]) {
      if (!phases.includes(`${inFlight}`)) continue;
      await atOnce(check, payload, inFlight, RATE_WARM_UP_MS, usage);
      result[`x${inFlight}`] = await atOnce(check, payload, inFlight, ms, usage);
    }
    if (phases.includes('sends')) {
      const burst = BURST[name];
      const first = await sends(peer, payload, burst, FIRST_BURSTS * burst, tell, usage);
      const inTime = Math.round((first.perSecond * ms) / 1_000 / burst) * burst;
      const count = Math.max(Math.min(MAX_SENDS, inTime), burst);
      result.sends = await sends(peer, payload, burst, count, tell, usage);
    }
    results[name] = result;
  }
  console.log(JSON.stringify(results));
  server.disconnect();
  await once(server, 'exit');
  process.exit();
}

/** Answers are compared, now and then: work that was not done does not count. */
function checked(peer, name) {
  let asked = 0;
  return async (payload) => {
    const answer = await peer.ask(payload);
    asked += 1;
    if (asked % 1_024 !== 1) return;
    const isSame = name === 'small' ? answer?.id === payload.id : answer?.length === payload.length;
    if (!isSame) throw new Error(`a wrong answer: ${JSON.stringify(answer)}`);
  };
}

/** What was answered must have come: no answer is made on this side. */
function assertServed(count, before, after) {
  const served = after.hits - before.hits;
  if (served !== count) throw new Error(`${count} answers, but ${served} messages have come`);
}

async function oneAtATime(ask, payload, ms, usage) {
  const times = [];
  const before = await usage();
  const end = nowUs() + ms * 1_000;
  for (let i = 0; nowUs() < end; i += 1) {
    const at = nowUs();
    await ask(payload(i));
    times.push(nowUs() - at);
  }
  assertServed(times.length, before, await usage());
  times.sort((a, b) => a - b);
  const quantile = (q) => times[Math.floor(times.length * q)];
  return { count: times.length, p50Us: quantile(0.5), p99Us: quantile(0.99) };
}

async function atOnce(ask, payload, inFlight, ms, usage) {
  let count = 0;
  const before = await usage();
  const startedAt = nowUs();
  const end = startedAt + ms * 1_000;
  const loop = async (first) => {
    for (let i = first; nowUs() < end; i += inFlight) {
      await ask(payload(i));
      count += 1;
    }
  };
  await Promise.all(Array.from({ length: inFlight }, (_, i) => loop(i)));
  const seconds = (nowUs() - startedAt) / 1e6;
  const after = await usage();
  assertServed(count, before, after);
  const cpuPerMillion = ((after.cpu - before.cpu) / count) * 1e6;
  return { count, perSecond: count / seconds, cpuPerMillion };
}

async function sends(peer, payload, burst, count, tell, usage) {
  const before = await usage();
  const arrived = tell({ at: before.hits + count });
  const startedAt = nowUs();
  for (let i = 0; i < count; i += 1) {
    peer.send(payload(i));
    if (i % burst !== burst - 1) continue;
    await peer.pressure();
    await turn();
  }
  const timeout = setTimeout(() => {
    throw new Error('not everything that was sent has arrived');
  }, SENDS_DEADLINE_MS);
  const { at } = await arrived;
  clearTimeout(timeout);
  const after = await usage();
  assertServed(count, before, after);
  const cpuPerMillion = ((after.cpu - before.cpu) / count) * 1e6;
  return { count, perSecond: count / ((at - startedAt) / 1e6), cpuPerMillion };
}

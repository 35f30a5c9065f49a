// Two processes on loopback: this one asks, a fork of it answers. A variant says how.
import { fork, spawnSync } from 'node:child_process';
import { once } from 'node:events';

const LATENCY_WARM_UP_MS = 1_000;
const RATE_WARM_UP_MS = 1_000;
const BURST = 256;
const FIRST_SENDS = 20_480;
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
 * `serve(options, hit)` resolves to what the client needs; `connect(info, options)` to
 * `{ask(payload), send(payload), pressure()}`.
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
  const { pin, ms, payloads, phases } = options;
  const server = fork(process.argv[1], [JSON.stringify({ role: 'server', options })], {
    execArgv: process.execArgv,
  });
  if (pin !== undefined) {
    for (const pid of [process.pid, server.pid])
      spawnSync('taskset', ['-acp', String(pin), `${pid}`]);
  }
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
  const cpu = async () => (await tell({})).cpu + cpuSeconds();
  const peer = await connect(info, options);

  const results = {};
  for (const name of payloads) {
    const payload = PAYLOADS[name];
    const check = checked(peer, name);
    const result = {};
    if (phases.includes('one')) {
      await oneAtATime(check, payload, LATENCY_WARM_UP_MS);
      result.one = await oneAtATime(check, payload, ms);
    }
    for (const inFlight of [64, 256]) {
      if (!phases.includes(`${inFlight}`)) continue;
      await atOnce(check, payload, inFlight, RATE_WARM_UP_MS, cpu);
      result[`x${inFlight}`] = await atOnce(check, payload, inFlight, ms, cpu);
    }
    if (phases.includes('sends')) {
      const first = await sends(peer, payload, FIRST_SENDS, tell, cpu);
      const count = Math.min(MAX_SENDS, Math.round((first.perSecond * ms) / 1_000 / BURST) * BURST);
      result.sends = await sends(peer, payload, Math.max(count, BURST), tell, cpu);
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

async function oneAtATime(ask, payload, ms) {
  const times = [];
  const end = nowUs() + ms * 1_000;
  for (let i = 0; nowUs() < end; i += 1) {
    const at = nowUs();
    await ask(payload(i));
    times.push(nowUs() - at);
  }
  times.sort((a, b) => a - b);
  const quantile = (q) => times[Math.floor(times.length * q)];
  return { count: times.length, p50Us: quantile(0.5), p99Us: quantile(0.99) };
}

async function atOnce(ask, payload, inFlight, ms, cpu) {
  let count = 0;
  const cpuBefore = await cpu();
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
  const cpuPerMillion = (((await cpu()) - cpuBefore) / count) * 1e6;
  return { count, perSecond: count / seconds, cpuPerMillion };
}

async function sends(peer, payload, count, tell, cpu) {
  const { hits } = await tell({});
  const cpuBefore = await cpu();
  const arrived = tell({ at: hits + count });
  const startedAt = nowUs();
  for (let i = 0; i < count; i += 1) {
    peer.send(payload(i));
    if (i % BURST !== BURST - 1) continue;
    await peer.pressure();
    await turn();
  }
  const timeout = setTimeout(() => {
    throw new Error('not everything that was sent has arrived');
  }, SENDS_DEADLINE_MS);
  const { at } = await arrived;
  clearTimeout(timeout);
  const cpuPerMillion = (((await cpu()) - cpuBefore) / count) * 1e6;
  return { count, perSecond: count / ((at - startedAt) / 1e6), cpuPerMillion };
}

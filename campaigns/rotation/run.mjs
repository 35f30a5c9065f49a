// The secret of a cluster is changed while its nodes talk to each other:
//   node campaigns/rotation/run.mjs [--nodes 20] [--record]
import { setTimeout as wait } from 'node:timers/promises';
import { timeNow, withProcesses } from '../support/fleet.mjs';
import { atMost, exactly } from '../support/goals.mjs';
import { flag, readOptions, whole } from '../support/options.mjs';
import { report } from '../support/report.mjs';

const values = readOptions({
  nodes: whole(20, { min: 2, max: 1_000 }),
  'grace-ms': whole(4_000, { min: 100, max: 3_600_000 }),
  record: flag,
});
const size = values.nodes;
const graceMs = values['grace-ms'];
const OLD = 'the secret of the past years';
const NEW = 'the secret of the years to come';
/** All pairs together ask about so often, however many they are. */
const REQUESTS_PER_SECOND = 500;
const POLL_MS = 100;

const result = await withProcesses(async (boot) => {
  const nodes = Array.from({ length: size }, (_, index) => boot(`n${index}`));
  const [seed, ...others] = nodes;
  const settings = { clusterSecret: OLD, limits: { secretGraceMs: graceMs } };
  await seed.start(settings, size);
  await Promise.all(others.map((node) => node.start({ ...settings, seeds: [seed.id] }, size)));
  await Promise.all(nodes.map((node) => node.meshed()));
  const marks = nodes.map(({ mark }) => mark);
  const everyMs = (size * (size - 1) * 1_000) / REQUESTS_PER_SECOND;
  const ids = nodes.map(({ id }) => id);
  const aim = (targetsOf) =>
    Promise.all(nodes.map((node) => node.ask('aim', targetsOf(node), everyMs)));
  await aim((node) => ids.filter((id) => id !== node.id));

  await setEverywhere(nodes, [OLD, NEW]);
  await setEverywhere(nodes, [NEW, OLD]);
  const movedMs = await untilNoneOn(nodes, 1);
  await setEverywhere(nodes, [NEW]);
  // Whatever is not renewed by then is closed.
  await wait(graceMs);

  const uses = await Promise.all(nodes.map((node) => node.ask('secretUse')));
  const tallies = await aim(() => []);
  const told = nodes.flatMap((node, index) => node.messages.slice(marks[index]));
  return {
    movedMs,
    requests: sum(tallies.map(({ count }) => count)),
    failed: sum(tallies.map(({ failed }) => failed)),
    failures: tallies.flatMap(({ failures }) => failures).slice(0, 5),
    longestMs: Math.max(...tallies.map(({ longestMs }) => longestMs)),
    downs: told.filter(({ type }) => type === 'down').length,
    renewed: told.filter(({ type, cause }) => type === 'closed' && cause === 'replaced').length,
    onNew: sum(uses.map(([first]) => first.sessions)),
    onOld: sum(uses.flatMap((rows) => rows.slice(1).map(({ sessions }) => sessions))),
  };
});

report({
  name: 'rotation',
  title: 'The secret of a cluster is changed under load',
  seeds: null,
  rows: [
    exactly('failed requests', 0, result.failed),
    exactly('nodeDown', 0, result.downs),
    exactly('sessions on the new secret, counted at both ends', size * (size - 1), result.onNew),
    exactly('sessions on the old secret', 0, result.onOld),
    atMost('until no session was left on the old secret', graceMs, result.movedMs, 'ms'),
  ],
  notes: [
    `${size} processes, ${result.requests.toLocaleString('en')} requests, the longest took
    ${Math.round(result.longestMs)} ms; ${result.renewed} ends of sessions were replaced;
    limits.secretGraceMs is ${graceMs} here.`.replace(/\s+/g, ' '),
    ...result.failures,
  ],
});

async function setEverywhere(nodes, secrets) {
  for (const node of nodes) await node.ask('setSecrets', secrets);
}

/** The third step of a rotation: look whether the old secret is still in use, before it goes. */
async function untilNoneOn(nodes, index) {
  const startedAt = timeNow();
  for (;;) {
    const uses = await Promise.all(nodes.map((node) => node.ask('secretUse')));
    const left = sum(uses.map((rows) => rows[index].sessions));
    if (left === 0 || timeNow() - startedAt > graceMs) return timeNow() - startedAt;
    await wait(POLL_MS);
  }
}

function sum(numbers) {
  return numbers.reduce((total, number) => total + number, 0);
}

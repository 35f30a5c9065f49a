// `npm run demo`: three real processes become a cluster; one is killed and returns, one leaves.
// `npm run demo -- --stay`: they meet and stay, and a fourth node may join.
import { relative } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { flag, readOptions } from '../campaigns/support/options.mjs';
import { freePort } from './demo/free-port.mjs';
import { chapterLine, failureLine, MOVE_HEADER, moveLine, resultLine } from './demo/lines.mjs';
import { clockMs, downAt, meshedAtMs, Stage } from './demo/stage.mjs';

/** Between chapters, for the reader alone. */
const READING_MS = 1_000;
/** Until the moves that belong to a result have been printed. */
const SETTLING_MS = 100;

const options = readOptions({ stay: flag });
const openedAtMs = clockMs();
const sinceOpened = (atMs = clockMs()) => atMs - openedAtMs;
const chapter = (text) => console.log(chapterLine(sinceOpened(), text));

const stage = new Stage((node, { chart, from, to, atMs }) => {
  console.log(moveLine({ atMs: sinceOpened(atMs), node, chart, from, to }));
});
let isInterrupted = false;
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, interrupted);

try {
  await (options.stay ? stay() : show());
} catch (error) {
  if (!isInterrupted) {
    console.error(failureLine(error.message));
    process.exitCode = 1;
    await stage.end();
  }
}

async function show() {
  announce('three processes find each other, one is killed and returns, one leaves.');
  const { a, b, c, meetingMs } = await meet();
  await pause(READING_MS);

  chapter('b is killed (SIGKILL): no goodbye, only its sockets close');
  const life = a.peers.get('b').uid;
  const killedAtMs = clockMs();
  b.child.kill('SIGKILL');
  const lost = await stage.until('a and c notice that b is gone', () => downAt([a, c], 'b'));
  const noticedMs = Math.max(0, lost.atMs - killedAtMs);
  await result(`a and c report b down (${lost.reason}) after ${whole(noticedMs)}`, lost.atMs);
  await pause(READING_MS);

  chapter('b is started again: the same name and port, a new life');
  const { port } = new URL(`tcp://${b.id}`);
  const newB = await stage.start('b', port, [a.id]);
  const backAtMs = await stage.until('b is up everywhere', () => meshedAtMs([a, newB, c]));
  const backMs = backAtMs - newB.startedAtMs;
  const newLife = a.peers.get('b').uid;
  if (newLife === life) throw new Error('b came back as the same life');
  await result(
    `b is up everywhere ${whole(backMs)} after its process began; ` +
      `life ${life.slice(0, 8)} became ${newLife.slice(0, 8)}`,
    backAtMs,
  );
  await pause(READING_MS);

  chapter('c leaves: it says goodbye, and its process ends by itself');
  const leftAtMs = clockMs();
  c.child.send('stop');
  const left = await stage.until('a and b hear the goodbye of c', () => downAt([a, newB], 'c'));
  await stage.until('the process of c ends', () => c.exitCode !== undefined);
  if (c.exitCode !== 0) throw new Error(`c ended with ${c.exitCode} instead of 0`);
  const heardMs = left.atMs - leftAtMs;
  await result(
    `a and b report c down (${left.reason}) after ${whole(heardMs)}; c exited with code 0`,
  );
  await pause(READING_MS);

  chapter('a and b stop');
  await stage.end();
  console.log(
    `\nShown in ${(sinceOpened() / 1_000).toFixed(1)} s: mesh complete ${whole(meetingMs)} after the last process began,\n` +
      `a killed node noticed in ${whole(noticedMs)}, back in ${whole(backMs)}, ` +
      `a goodbye heard in ${whole(heardMs)}.`,
  );
}

async function stay() {
  announce('three processes find each other and stay until Ctrl+C.');
  const { a, b, c } = await meet();
  const players = [a, b, c];
  const program = relative('', fileURLToPath(new URL('demo/node.mjs', import.meta.url)));
  const pids = players.map(({ name, child }) => `${name} is process ${child.pid}`).join(', ');
  console.log(
    `\nJoin with a fourth node from another terminal:\n\n` +
      `  node ${program} --name d --seed ${a.id}\n\n` +
      `Or see what the others say when one dies: ${pids}\n` +
      '(kill -9 ends it, kill -STOP freezes it, kill -CONT wakes it). Ctrl+C ends all.\n',
  );
  for (const { name, child } of players) {
    child.on('exit', (code, signal) => {
      if (!isInterrupted) chapter(`the process of ${name} has ended (${signal ?? `code ${code}`})`);
    });
  }
}

/** Three processes in a chain of seeds: each is told of one other and finds both. */
async function meet() {
  const ports = await Promise.all([freePort(), freePort(), freePort()]);
  chapter('a starts alone, b is told of a, c is told of b');
  const a = await stage.start('a', ports[0], []);
  const b = await stage.start('b', ports[1], [a.id]);
  const c = await stage.start('c', ports[2], [b.id]);
  const atMs = await stage.until('all three see each other', () => meshedAtMs([a, b, c]));
  const meetingMs = atMs - c.startedAtMs;
  await result(`all three see each other, ${whole(meetingMs)} after the process of c began`, atMs);
  return { a, b, c, meetingMs };
}

function announce(plan) {
  console.log(
    `chartmesh demo: ${plan}\n` +
      'Each line is a move of a statechart: when, on which node, which chart, from -> to.\n' +
      `\n${MOVE_HEADER}`,
  );
}

async function result(text, atMs) {
  await pause(SETTLING_MS);
  console.log(resultLine(sinceOpened(atMs), text));
}

async function interrupted(signal) {
  if (isInterrupted) return;
  isInterrupted = true;
  await stage.end();
  // The usual code of a program that a signal ended early; staying has no other end.
  process.exit(options.stay ? 0 : 128 + (signal === 'SIGINT' ? 2 : signal === 'SIGTERM' ? 15 : 1));
}

function whole(ms) {
  return `${Math.round(ms)} ms`;
}

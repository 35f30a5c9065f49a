// Where the answering side spends its time with 64 asks in flight: ours beside the raw line.
//   node bench/messaging/profile.mjs [--ms 5000] [--top 16] [--target handler] [--payload small]
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { SourceMap } from 'node:module';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readOptions, text, whole } from '../../campaigns/support/options.mjs';
import { machine } from '../support/machine.mjs';
import { duel } from '../support/rounds.mjs';

const TARGETS = ['handler', 'transition', 'machine'];
const { ms, top, target, payload, json } = readOptions({
  ms: whole(5_000, { min: 50, max: 60_000 }),
  top: whole(16, { max: 1_000 }),
  target: text('handler', `one of ${TARGETS.join(', ')}`, (name) => TARGETS.includes(name)),
  payload: text('small', 'small, 1k or 64k', (name) => /^(?:small|1k|64k)$/.test(name)),
  json: text(undefined, 'the name of a file', (name) => name !== ''),
});

const maps = new Map();

/** Of each function, in nanoseconds of one message. */
function profile(script, options) {
  const folder = mkdtempSync(join(tmpdir(), 'chartmesh-profile-'));
  const serverFlags = ['--cpu-prof', '--cpu-prof-dir', folder];
  const file = fileURLToPath(new URL(script, import.meta.url));
  const asked = { ms, payloads: [payload], phases: ['64'], serverFlags, ...options };
  // Each on a core of its own: else samples hit whoever waits for the core.
  const { count, perSecond } = duel(file, asked, false)[payload].x64;
  const [name] = readdirSync(folder);
  const { nodes, samples, timeDeltas, startTime, endTime } = JSON.parse(
    readFileSync(join(folder, name), 'utf8'),
  );
  rmSync(folder, { recursive: true });

  const names = new Map(nodes.map(({ id, callFrame }) => [id, nameOf(callFrame)]));
  const ns = new Map();
  let at = startTime;
  for (const [index, id] of samples.entries()) {
    at += timeDeltas[index];
    // The answering process ends with the last answer: what is older is its start and the warm-up.
    if (at < endTime - ms * 1_000) continue;
    const name = names.get(id);
    ns.set(name, (ns.get(name) ?? 0) + (timeDeltas[index] * 1_000) / count);
  }
  for (const waiting of ['(program)', '(idle)']) ns.delete(waiting);
  const functions = [...ns].sort(([, a], [, b]) => b - a);
  return { perSecond, ns: functions.reduce((sum, [, own]) => sum + own, 0), functions };
}

/** Of the function, and of the file it was written in. */
function nameOf({ functionName, url, lineNumber, columnNumber }) {
  const name = functionName || '(anonymous)';
  if (url === '') return name;
  if (!url.startsWith('file:')) return `${name} ${url}`;
  const { originalSource } = sourceMap(url)?.findEntry(lineNumber, columnNumber) ?? {};
  return `${name} ${basename(originalSource ?? url)}`;
}

function sourceMap(url) {
  if (!maps.has(url)) {
    let map = null;
    try {
      map = new SourceMap(JSON.parse(readFileSync(fileURLToPath(`${url}.map`), 'utf8')));
    } catch (error) {
      if (error.code !== 'ENOENT') throw error;
    }
    maps.set(url, map);
  }
  return maps.get(url);
}

const rows = [
  { variant: 'raw', ...profile('raw.mjs', {}) },
  { variant: target, ...profile('chartmesh.mjs', { target }) },
].map(({ functions, ...row }) => ({ ...row, functions: functions.slice(0, top) }));

for (const { variant, perSecond, ns, functions } of rows) {
  const rate = Math.round(perSecond).toLocaleString('en');
  console.log(`\n${variant}: ${rate} asks/s under the profiler, ${Math.round(ns)} ns each here`);
  console.table(
    functions.map(([name, own]) => ({
      function: name,
      'self ns': Math.round(own),
      '%': Math.round((own / ns) * 1_000) / 10,
    })),
  );
}

const results = { machine: machine(), payload, ms, rows };
if (json) writeFileSync(json, `${JSON.stringify(results, null, 2)}\n`);
else console.log(JSON.stringify(results));

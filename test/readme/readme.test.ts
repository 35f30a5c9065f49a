import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import * as surface from '../../src/index.ts';
import {
  CLUSTER_DEFAULTS,
  Cluster,
  createCluster,
  InvalidClusterConfigError,
  LIMITS,
} from '../../src/index.ts';
import { FIXED } from '../../src/limits.ts';
import * as sharding from '../../src/sharding/index.ts';
import * as shardingTesting from '../../src/testing/sharding.ts';
import { freePort } from '../support/free-port.ts';
import { Program } from '../support/program.ts';
import { backticked, fencedBlocks, section, tableRows } from './markdown.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const readme = readFileSync(`${root}README.md`, 'utf8');

test('the program of the README does in three processes what the README says', async () => {
  const [source = ''] = fencedBlocks(readme, 'js');
  // Inside the checkout, so that 'chartmesh' is this package.
  mkdirSync(`${root}.tmp`, { recursive: true });
  const folder = mkdtempSync(`${root}.tmp/readme-`);
  onTestFinished(() => rmSync(folder, { recursive: true }));
  writeFileSync(`${folder}/node.mjs`, source);
  const env = { ...process.env, CLUSTER_SECRET: 'as long as a secret ought to be' };
  const run = (...args: readonly string[]) => {
    const program = new Program([`${folder}/node.mjs`, ...args], { env });
    onTestFinished(() => program.dispose());
    return program;
  };

  const [portA, portB, portC] = [await freePort(), await freePort(), await freePort()];
  const a = run('a', `${portA}`);
  await a.until(/^started a@127\.0\.0\.1:\d+$/m);
  const b = run('b', `${portB}`, `a@127.0.0.1:${portA}`);
  await b.until(/^started /m);
  const c = run('c', `${portC}`, `b@127.0.0.1:${portB}`);
  for (const program of [a, b, c]) await program.until(/^connected nodes: 2$/m);
  await a.until(/^up: c@127\.0\.0\.1:/m);

  c.child.kill('SIGINT');
  await a.until(/^down: c@127\.0\.0\.1:\d+ \(graceful_shutdown\)$/m);
  expect(await c.exit(), c.log).toBe(0);
  b.child.kill('SIGKILL');
  await a.until(/^down: b@127\.0\.0\.1:\d+ \(connection_closed\)$/m);
  a.child.kill('SIGINT');
  expect(await a.exit(), a.log).toBe(0);
  expect([a.stderr, b.stderr, c.stderr]).toEqual(['', '', '']);
});

test('the actor of the README counts', async () => {
  const [source = ''] = fencedBlocks(section(readme, 'Actors'), 'js');
  mkdirSync(`${root}.tmp`, { recursive: true });
  const folder = mkdtempSync(`${root}.tmp/readme-`);
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const start = `await Cluster.start({ nodeName: 'a', host: '127.0.0.1', port: ${await freePort()} });`;
  const stop = 'await Cluster.stop();';
  writeFileSync(`${folder}/actors.mjs`, [source, stop].join('\n').replace('\n\n', `\n${start}\n`));
  const program = new Program([`${folder}/actors.mjs`]);
  onTestFinished(() => program.dispose());
  expect(await program.exit(), program.log).toBe(0);
  expect(program.log).toMatch(/^2$/m);
});

test('the keyed requests of the README come to what it says', async () => {
  const [source = ''] = fencedBlocks(section(readme, 'Keyed requests'), 'js');
  mkdirSync(`${root}.tmp`, { recursive: true });
  const folder = mkdtempSync(`${root}.tmp/readme-`);
  onTestFinished(() => rmSync(folder, { recursive: true }));
  writeFileSync(`${folder}/sharding.mjs`, source);
  const program = new Program([`${folder}/sharding.mjs`]);
  onTestFinished(() => program.dispose());
  expect(await program.exit(), program.log).toBe(0);
  expect(program.log).toMatch(/^\{ key: 'tenant-1', sum: 5 \}$/m);
});

test('what the README lists of keyed requests is exported', () => {
  const rows = tableRows(section(readme, 'Keyed requests'));
  const listed = rows
    .flatMap(([member = '']) => backticked(member))
    .map((text) => word(text))
    .filter((name) => name !== 'client');
  const exported = { ...sharding, ...shardingTesting };
  expect(listed.length).toBeGreaterThan(10);
  expect(listed.filter((name) => !(name in exported))).toEqual([]);
});

test('the program of the README is about twenty lines', () => {
  const [source = ''] = fencedBlocks(readme, 'js');
  expect(source.trim().split('\n').length).toBeLessThanOrEqual(20);
});

test('the test that the README shows is the first of the guide, which runs', () => {
  const [shown] = fencedBlocks(section(readme, 'Testing what you build'), 'ts');
  const guide = readFileSync(`${root}docs/testing.md`, 'utf8');
  expect(shown).toBe(fencedBlocks(guide, 'ts')[0]);
});

test('the table of options holds every option, with the default it has', async () => {
  const rows = tableRows(section(readme, 'Options'));
  const options = rows.map(([option = '']) => backticked(option)[0] ?? '');
  expect(options.sort()).toEqual((await knownOptions()).sort());

  const written = rows.map(([option = '', value = '']) => [
    constantName(backticked(option)[0] ?? ''),
    literal(backticked(value)[0]),
  ]);
  const { PROTOCOL_VERSION, ...defaults } = CLUSTER_DEFAULTS;
  expect(Object.fromEntries(written.filter(([name = '']) => name in defaults))).toEqual(defaults);
});

test('the table of the API holds every member of a cluster, and no other', () => {
  const rows = tableRows(section(readme, 'The API at a glance'));
  const listed = rows.flatMap(([member = '']) => backticked(member)).map((text) => word(text));
  const cluster = createCluster();
  const methods = Object.getOwnPropertyNames(Object.getPrototypeOf(cluster));
  const members = [...methods.filter((name) => name !== 'constructor'), ...Object.keys(cluster)];
  expect(listed.sort()).toEqual(members.sort());
  expect(Object.getPrototypeOf(Object.getPrototypeOf(Cluster))).toBe(
    Object.getPrototypeOf(cluster),
  );
});

test('what the README calls exported is exported', () => {
  const text = section(readme, 'The API at a glance').split('Also exported:')[1] ?? '';
  const names = backticked(text.split('`chartmesh/testing`')[0] ?? '').filter((name) =>
    /^(?:[A-Z]|isNodeId|retryPolicy)/.test(name),
  );
  expect(names.length).toBeGreaterThan(5);
  expect(names.filter((name) => !(name in surface))).toEqual([]);
});

test('the limits that the README names are the limits', () => {
  const text = section(readme, 'What it does not do');
  expect(text).toContain(`${LIMITS.maxNodes.toLocaleString('en')} nodes in the view`);
  expect(text).toContain(`${FIXED.maxRecordBytes / 1_024} KiB in a record`);
  expect(text).toContain(`${LIMITS.maxPendingHandshakes}\n  handshakes at once`);
});

/** From the message for an option that does not exist. */
async function knownOptions(): Promise<string[]> {
  const config = { nodeName: 'a', 'an option that nothing resembles': 1 };
  const error = await createCluster()
    .start(config)
    .catch((reason: unknown) => reason);
  const list = error instanceof InvalidClusterConfigError ? error.reason : '';
  return (list.split('known are ')[1] ?? '').split(', ');
}

/** `heartbeatIntervalMs` as `HEARTBEAT_INTERVAL_MS`. */
function constantName(option: string): string {
  return option.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase();
}

/** A string or a number as it is written in code; anything else stays text. */
function literal(text = ''): string | number {
  const quoted = /^'(.*)'$/.exec(text)?.[1];
  return quoted ?? (/^[\d_]+$/.test(text) ? Number(text.replaceAll('_', '')) : text);
}

function word(text: string): string {
  return /^\w+\$?/.exec(text)?.[0] ?? text;
}

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  type Consumer,
  installConsumer,
  PEERS,
  packTarball,
  ROOT,
  type Tarball,
} from './packed.ts';

let tarball: Tarball;
beforeAll(() => {
  tarball = packTarball();
});
afterAll(() => tarball?.remove());

describe('the tarball', () => {
  test('holds the promised documents, the build and nothing else', () => {
    const others = tarball.files.filter((file) => !/^(?:dist|docs)\//.test(file));
    expect(others).toEqual([
      'ARCHITECTURE.md',
      'CHANGELOG.md',
      'LICENSE',
      'README.md',
      'SECURITY.md',
      'package.json',
    ]);
    expect(
      tarball.files.filter((file) => !/\.(?:js|js\.map|d\.ts|md|json|svg|png)$/.test(file)),
    ).toEqual(['LICENSE']);
  });

  test('holds the types of each source, and none left from before', () => {
    const sources = readdirSync(join(ROOT, 'src'), { recursive: true, encoding: 'utf8' })
      .filter((path) => path.endsWith('.ts'))
      .map((path) => `dist/${path.replaceAll('\\', '/').replace(/\.ts$/, '.d.ts')}`);
    expect(tarball.files.filter((file) => file.endsWith('.d.ts'))).toEqual(sources.sort());
  });

  test('holds the code of all entries and what they share, each with its map', () => {
    const code = tarball.files.filter((file) => file.endsWith('.js'));
    expect(code.map((file) => file.replace(/-[A-Z0-9]{8}\.js$/, '-HASH.js'))).toEqual([
      ...Array(4).fill('dist/chunks/chunk-HASH.js'),
      'dist/index.js',
      'dist/sharding/index.js',
      'dist/testing/index.js',
      'dist/testing/sharding.js',
    ]);
    const maps = tarball.files.filter((file) => file.endsWith('.map'));
    expect(maps).toEqual(code.map((file) => `${file}.map`));
  });
});

test.each(['xstate', 'rxjs'] as const)('the lowest %s tried is the lowest one promised', (name) => {
  const ours: unknown = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
  const lowest: unknown = JSON.parse(
    readFileSync(join(ROOT, 'node_modules', PEERS.lowest[name], 'package.json'), 'utf8'),
  );
  expect(ours).toHaveProperty(
    ['peerDependencies', name],
    `^${Reflect.get(Object(lowest), 'version')}`,
  );
});

const ESM = `
import { Cluster, createCluster } from 'chartmesh';
import { ClusterError } from 'chartmesh';
import { Client, KeyRequiredError } from 'chartmesh/sharding';
import { createMemoryTransport, createTestCluster } from 'chartmesh/sharding/testing';
import * as testing from 'chartmesh/testing';
const transport = createMemoryTransport(() => {});
await createTestCluster(transport, 2, 16, 'seed', ({ type }) => 'answer to ' + type);
const client = new Client({ transport, numShards: 16, seed: 'seed' });
console.log(JSON.stringify({
  status: Cluster.getStatus(),
  another: createCluster() !== Cluster,
  testing: Object.keys(testing).length > 0,
  answer: Buffer.from(await client.requestKey('user-123', 'GetUser')).toString(),
  sameErrors: ClusterError.is(new KeyRequiredError()) && new KeyRequiredError() instanceof ClusterError,
}));
`;

const COMMONJS = `
const { Cluster } = require('chartmesh');
const sharding = require('chartmesh/sharding');
const testing = require('chartmesh/testing');
import('chartmesh').then((esm) => console.log(JSON.stringify({
  status: Cluster.getStatus(),
  same: esm.Cluster === Cluster,
  testing: Object.keys(testing).length > 0,
  shard: sharding.shardFromString('user-123', 64, ''),
})));
`;

/** Uses the package's types together with the consumer's own xstate and rxjs. */
const TYPED = `
import { map, type Observable } from 'rxjs';
import { Cluster, type ClusterConfig, ClusterError, createCluster } from 'chartmesh';
import { Client, memoryTransport, message, Node, type ServerHandler } from 'chartmesh/sharding';
import { createTestCluster } from 'chartmesh/sharding/testing';
import * as testing from 'chartmesh/testing';
import { type AnyActorRef, waitFor } from 'xstate';

const config: ClusterConfig = { nodeName: 'app', port: 4369, clusterSecret: process.env['SECRET'] };
const count$: Observable<number> = Cluster.connectedNodes$.pipe(map((nodes) => nodes.length));
const off: () => void = Cluster.onNodeUp((node) => console.log(node.id));
const actor: AnyActorRef = createCluster().actor;
const getUser = message<{ id: string }, { name: string }>('GetUser');
const handler: ServerHandler = async ({ data }, { signal }) => (signal.aborted ? undefined : data);

export async function nameOf(id: string): Promise<string> {
  const transport = memoryTransport({ handlerTimeoutMs: 1_000 });
  await createTestCluster(transport, 2, 16, '', handler);
  void new Node({ transport, shards: [0], handler }).run();
  const client = new Client({ transport, numShards: 16 });
  return (await client.key(id).request(getUser, { id })).name;
}

export async function main(): Promise<void> {
  const subscription = count$.subscribe((count) => console.log(count));
  try {
    await Cluster.start(config);
    await waitFor(actor, () => true);
  } catch (error) {
    if (error instanceof ClusterError) console.log(error.code, error.hint);
    // @ts-expect-error the configuration is typed
    await Cluster.start({ nodeName: 5 });
  }
  off();
  subscription.unsubscribe();
  console.log(Object.keys(testing));
}
`;

const COMPILER_OPTIONS = {
  target: 'es2022',
  module: 'nodenext',
  types: ['node'],
  strict: true,
  exactOptionalPropertyTypes: true,
  skipLibCheck: false,
  noEmit: true,
};

/** xstate's own declarations do not pass `exactOptionalPropertyTypes`, with us or without. */
const NOT_OURS = /node_modules\/xstate(?:-lowest)?\//;

describe.each(['newest', 'lowest'] as const)('with the %s peers', (peers) => {
  let consumer: Consumer;
  beforeAll(() => {
    consumer = installConsumer(tarball.path, peers);
  });
  afterAll(() => consumer?.remove());

  test('an ES module imports all entries and ends by itself', () => {
    consumer.write('main.mjs', ESM);
    const { status, stdout, stderr } = consumer.node('main.mjs');
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(JSON.parse(stdout)).toEqual({
      ...{ status: 'stopped', another: true, testing: true },
      ...{ answer: 'answer to GetUser', sameErrors: true },
    });
  });

  test('CommonJS requires the entries and gets the very same Cluster', () => {
    consumer.write('main.cjs', COMMONJS);
    const { status, stdout, stderr } = consumer.node('main.cjs');
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(JSON.parse(stdout)).toEqual({ status: 'stopped', same: true, testing: true, shard: 7 });
  });

  test('a strict TypeScript program compiles, declarations included', () => {
    const compile = (program: string) => {
      consumer.write('main.ts', program);
      return consumer.tsc().filter((line) => !NOT_OURS.test(line));
    };
    consumer.write(
      'tsconfig.json',
      JSON.stringify({ compilerOptions: COMPILER_OPTIONS, files: ['main.ts'] }),
    );
    expect(compile(TYPED)).toEqual([]);
    // The compiler did look: one mistake is found, and only that.
    expect(compile(`${TYPED}Cluster.start({ port: 1 });`)).toEqual([
      expect.stringMatching(/^main\.ts\(\d+,15\): error TS2741: Property 'nodeName' is missing/),
    ]);
  });
});

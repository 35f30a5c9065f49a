import { describe, expect, test } from 'vitest';
import { systemPorts } from '../../src/api/default-ports.ts';
import type { Network, Resolver } from '../../src/ports.ts';
import { ChildNode } from '../support/child-node.ts';
import { freePort } from '../support/free-port.ts';
import { LocalNode } from '../support/local-node.ts';
import { waitForMesh } from '../support/mesh.ts';

const QUICK = { reconnectBaseDelayMs: 50, reconnectMaxDelayMs: 200 };

test('a seed that is down at the start is found within the backoff once it appears', async () => {
  const port = await freePort();
  const early = await ChildNode.start({
    nodeName: 'early',
    seeds: [`127.0.0.1:${port}`],
    ...QUICK,
  });
  await early.journal.waitForEvent('seed.unreachable', 1_000);
  const late = await ChildNode.start({ nodeName: 'late', port });
  const up = await early.journal.waitForUp(late.id, 1_000);
  expect(up.at - late.started.resolvedAt).toBeLessThan(300);
  expect(early.journal.events('seed.unreachable')).toEqual([
    { type: 'seed.unreachable', seed: `127.0.0.1:${port}`, failure: 'refused' },
  ]);
});

function answering(...addresses: readonly string[]): Resolver {
  const { resolver } = systemPorts();
  return {
    resolve: (host, done) =>
      host === 'seed.test'
        ? resolver.resolve('127.0.0.1', () => done({ ok: true, addresses }))
        : resolver.resolve(host, done),
  };
}

describe('a seed by a name with two addresses', () => {
  test('leads to the second when the first is dead', async () => {
    const alive = await LocalNode.start({ nodeName: 'alive', host: '127.0.0.2' });
    const joiner = await LocalNode.start(
      { nodeName: 'joiner', seeds: [`seed.test:${alive.port}`] },
      { resolver: answering('127.0.0.9', '127.0.0.2') },
    );
    await waitForMesh([alive, joiner], 1_000);
    expect(joiner.cluster.getNodeIds()).toEqual([alive.id]);
    expect(joiner.journal.events('seed.unreachable')).toEqual([]);
  });

  test('leads to both when both are alive', async () => {
    const one = await LocalNode.start({ nodeName: 'one', host: '127.0.0.2' });
    const two = await LocalNode.start({ nodeName: 'two', host: '127.0.0.3', port: one.port });
    const joiner = await LocalNode.start(
      { nodeName: 'joiner', seeds: [`seed.test:${one.port}`] },
      { resolver: answering('127.0.0.2', '127.0.0.3') },
    );
    // `one` and `two` know nobody by themselves: the joiner makes them known to each other.
    await waitForMesh([one, two, joiner], 2_000);
  });
});

test.each([[[]], [['']]])('without seeds, %j, a node runs alone', async (seeds) => {
  const alone = await LocalNode.start({ nodeName: 'alone', seeds });
  expect(alone.cluster.getStatus()).toBe('running');
  expect(alone.cluster.getNodes()).toEqual([]);
});

describe('a node that lists itself', () => {
  /** The machine's network, counting what reaches the listener. */
  function counted() {
    const { network } = systemPorts();
    const links: string[] = [];
    const counting: Network = {
      dial: network.dial,
      listen: (at, handlers) =>
        network.listen(at, {
          ...handlers,
          link: (link) => {
            links.push(link.remote.host);
            handlers.link(link);
          },
        }),
    };
    return { network: counting, links };
  }

  test('by its other name says so once and dials nobody', async () => {
    const port = await freePort();
    const { network, links } = counted();
    const node = await LocalNode.start(
      { nodeName: 'self', port, seeds: [`localhost:${port}`], ...QUICK },
      { network },
    );
    await node.journal.waitForEvent('seed.self', 1_000);
    await node.journal.never((entry) => entry, 'entry', 1_000);
    expect(node.journal.events('seed.self')).toEqual([
      { type: 'seed.self', seed: `localhost:${port}` },
    ]);
    expect(links).toEqual([]);
    expect(node.cluster.getNodes()).toEqual([]);
  });

  test('by a name of both loopback addresses says so, though nobody answers at one', async () => {
    const port = await freePort();
    const node = await LocalNode.start(
      { nodeName: 'self', port, seeds: [`seed.test:${port}`], ...QUICK },
      { resolver: answering('::1', '127.0.0.1') },
    );
    await node.journal.waitForEvent('seed.self', 1_000);
    expect(node.journal.events('seed.unreachable')).toEqual([]);
  });

  test('by another address meets itself in one handshake and dials no more', async () => {
    const port = await freePort();
    const { network, links } = counted();
    const node = await LocalNode.start(
      {
        nodeName: 'self',
        host: '0.0.0.0',
        advertiseHost: '127.0.0.1',
        port,
        seeds: [`127.0.0.5:${port}`],
        clusterSecret: 'sixteen bytes and more',
        ...QUICK,
      },
      { network },
    );
    await node.journal.waitForEvent('seed.self', 1_000);
    await node.journal.never((entry) => entry, 'entry', 1_000);
    expect(links).toHaveLength(1);
    expect(node.cluster.getNodes()).toEqual([]);
  });
});

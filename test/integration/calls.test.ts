import { createServer as createHttpServer } from 'node:http';
import { createServer, type Server, type Socket } from 'node:net';
import { describe, expect, onTestFinished, test } from 'vitest';
import { type ConnectReason, createCluster } from '../../src/index.ts';
import { ChildNode } from '../support/child-node.ts';
import { freePort } from '../support/free-port.ts';
import type { Entry } from '../support/journal.ts';
import { LocalNode } from '../support/local-node.ts';
import { waitForMesh } from '../support/mesh.ts';

const QUICK = { reconnectBaseDelayMs: 50, reconnectMaxDelayMs: 200 };

const session = (entry: Entry) =>
  entry.type === 'event' && entry.event.type === 'session.opened' ? entry : undefined;

async function listening(server: Server): Promise<string> {
  onTestFinished(() => void server.close());
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  return `127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`;
}

/** Never answers; the caller resets the connection when it has waited long enough. */
function keepQuiet(socket: Socket): void {
  socket.on('error', () => {});
  onTestFinished(() => void socket.destroy());
}

describe('disconnect', () => {
  test('ends the session on both sides, nobody redials, and connect brings it back', async () => {
    const first = await ChildNode.start({ nodeName: 'first', ...QUICK });
    const second = await ChildNode.start({ nodeName: 'second', seeds: [first.id], ...QUICK });
    const both = [first, second];
    await waitForMesh(both, 2_000);
    const marks = both.map(({ journal }) => journal.mark);

    expect(await first.disconnect(second.id)).toBe(true);
    expect((await first.journal.waitForDown(second.id, 1_000)).reason).toBe('connection_closed');
    expect((await second.journal.waitForDown(first.id, 1_000)).reason).toBe('connection_closed');
    expect(await first.disconnect(second.id)).toBe(false);
    // Five times the longest backoff.
    await Promise.all(both.map(({ journal }) => journal.never(session, 'session', 1_000)));

    expect(await first.connect(second.id)).toBe(second.id);
    await first.journal.waitForUp(second.id, 1_000, marks[0]);
    await second.journal.waitForUp(first.id, 1_000, marks[1]);
    expect(both.map(({ journal }) => journal.downs().length)).toEqual([1, 1]);
  });

  test('holds while a third node tells both of each other', async () => {
    const hub = await ChildNode.start({ nodeName: 'hub', heartbeatIntervalMs: 100, ...QUICK });
    const config = { seeds: [hub.id], heartbeatIntervalMs: 100, ...QUICK };
    const first = await ChildNode.start({ nodeName: 'first', ...config });
    const second = await ChildNode.start({ nodeName: 'second', ...config });
    await waitForMesh([hub, first, second], 2_000);
    await second.disconnect(first.id);
    await first.journal.waitForDown(second.id, 1_000);
    await second.journal.waitForDown(first.id, 1_000);
    await Promise.all(
      [first, second].map(({ journal }) => journal.never(session, 'session', 1_500)),
    );
    expect(hub.journal.downs()).toEqual([]);
  });
});

describe('connect, ping and roundTrip tell what they met:', () => {
  const silent = () => listening(createServer(keepQuiet));
  const http = () => listening(createHttpServer((_, response) => response.end('hello')));
  const nobody = async () => `127.0.0.1:${await freePort()}`;

  async function elsewhere(config: object): Promise<string> {
    const node = await LocalNode.start({ nodeName: 'elsewhere', ...config });
    return `127.0.0.1:${node.port}`;
  }

  async function busy(): Promise<string> {
    const node = await LocalNode.start({ nodeName: 'busy' });
    return `other@127.0.0.1:${node.port}`;
  }

  const SECRET = { clusterSecret: 'a secret that nobody shares' };

  test.each<[ConnectReason, string, () => Promise<string>]>([
    ['timeout', 'a listener that never answers', silent],
    ['refused', 'a port without a listener', nobody],
    ['unreachable', 'a name without an address', async () => 'no-such-host.invalid:4369'],
    ['protocol', 'an HTTP server', http],
    ['auth', 'another secret', () => elsewhere(SECRET)],
    ['cluster_name', 'another cluster', () => elsewhere({ clusterName: 'other' })],
    ['wrong_peer', 'another node than the one wanted', busy],
  ])('%s for %s', async (reason, _, listen) => {
    const target = await listen();
    const node = await LocalNode.start({ nodeName: 'caller' });
    const options = { timeoutMs: 700 };
    const failure = { name: 'ConnectError', code: 'CONNECT_FAILED', reason, target };
    await expect(node.cluster.connect(target, options)).rejects.toMatchObject(failure);
    await expect(node.cluster.roundTrip(target, options)).rejects.toMatchObject(failure);
    expect(await node.cluster.ping(target, options)).toBe(false);
    expect(node.cluster.getNodes()).toEqual([]);
    expect(node.journal.downs()).toEqual([]);
  });

  test('self, for its own address; it reaches itself without a connection', async () => {
    const { cluster, id, port } = await LocalNode.start({ nodeName: 'caller' });
    await expect(cluster.connect(id)).rejects.toMatchObject({ reason: 'self' });
    await expect(cluster.connect(`127.0.0.1:${port}`)).rejects.toMatchObject({ reason: 'self' });
    await expect(cluster.connect(`localhost:${port}`)).rejects.toMatchObject({ reason: 'self' });
    expect(await cluster.ping(id)).toBe(true);
    expect(await cluster.roundTrip(id)).toBe(0);
  });

  test('already_connected, by its id and by an alias', async () => {
    const other = await LocalNode.start({ nodeName: 'other' });
    const { cluster } = await LocalNode.start({ nodeName: 'caller' });
    expect(await cluster.connect(other.id)).toBe(other.id);
    expect(cluster.isNodeConnected(other.id)).toBe(true);
    const again = { reason: 'already_connected' };
    await expect(cluster.connect(other.id)).rejects.toMatchObject(again);
    await expect(cluster.connect(`127.0.0.1:${other.port}`)).rejects.toMatchObject(again);
    await expect(cluster.connect(`localhost:${other.port}`)).rejects.toMatchObject(again);
    expect(await cluster.roundTrip(`localhost:${other.port}`)).toBeLessThan(500);
  });

  test('leaving, while the other one waits for a frozen peer', async () => {
    const frozen = await ChildNode.start({ nodeName: 'frozen' });
    const leaver = await LocalNode.start({ nodeName: 'leaver', seeds: [frozen.id] });
    await waitForMesh([frozen, leaver], 2_000);
    const caller = await LocalNode.start({ nodeName: 'caller' });
    const target = leaver.id;
    frozen.freeze();
    const stopped = leaver.cluster.stop();
    await expect(caller.cluster.connect(target)).rejects.toMatchObject({ reason: 'leaving' });
    await stopped;
  });

  test('the reason of an AbortSignal, aborted before or meanwhile', async () => {
    const target = await silent();
    const { cluster } = await LocalNode.start({ nodeName: 'caller' });
    const reason = new Error('no longer wanted');
    const aborted = AbortSignal.abort(reason);
    await expect(cluster.connect(target, { signal: aborted })).rejects.toBe(reason);
    const controller = new AbortController();
    const { signal } = controller;
    const calls = [cluster.connect(target, { signal }), cluster.roundTrip(target, { signal })];
    const pinged = cluster.ping(target, { signal });
    controller.abort(reason);
    const settled = await Promise.allSettled(calls);
    expect(settled).toEqual([
      { status: 'rejected', reason },
      { status: 'rejected', reason },
    ]);
    expect(await pinged).toBe(false);
  });

  test('what is no address is refused as such', async () => {
    const { cluster } = await LocalNode.start({ nodeName: 'caller' });
    await expect(cluster.connect('nonsense')).rejects.toMatchObject({ code: 'INVALID_NODE_ID' });
    await expect(cluster.roundTrip('a@b')).rejects.toMatchObject({ code: 'INVALID_NODE_ID' });
    expect(await cluster.ping('nonsense')).toBe(false);
  });
});

test('a ping leaves no connection behind, on either side', async () => {
  const other = await LocalNode.start({ nodeName: 'other' });
  const caller = await LocalNode.start({ nodeName: 'caller' });
  expect(await caller.cluster.ping(other.id)).toBe(true);
  expect(await caller.cluster.roundTrip(`127.0.0.1:${other.port}`)).toBeLessThan(1_000);
  for (const { cluster, journal } of [other, caller]) {
    expect(cluster.getNodes()).toEqual([]);
    expect(journal.events('session.opened')).toEqual([]);
  }
});

test('health tells a frozen node from one that answers', async () => {
  const first = await ChildNode.start({ nodeName: 'first' });
  const frozen = await ChildNode.start({ nodeName: 'frozen', seeds: [first.id] });
  const second = await ChildNode.start({ nodeName: 'second', seeds: [first.id] });
  await waitForMesh([first, second, frozen], 2_000);
  frozen.freeze();
  expect(await second.health({ timeoutMs: 300 })).toEqual({
    self: second.id,
    isRunning: true,
    connected: [first.id, frozen.id],
    reachable: [first.id],
    unreachable: [frozen.id],
  });
  expect(await second.ping(frozen.id, { timeoutMs: 300 })).toBe(false);
});

test('calls of a node that does not run settle', async () => {
  const cluster = createCluster();
  await expect(cluster.connect('a@127.0.0.1:4369')).rejects.toMatchObject({
    code: 'CLUSTER_NOT_STARTED',
  });
  expect(await cluster.ping('a@127.0.0.1:4369')).toBe(false);
  expect(await cluster.health()).toEqual({
    self: null,
    isRunning: false,
    connected: [],
    reachable: [],
    unreachable: [],
  });

  const target = await listening(createServer(keepQuiet));
  const node = await LocalNode.start({ nodeName: 'caller' });
  const pending = node.cluster.connect(target);
  const refused = expect(pending).rejects.toMatchObject({ code: 'CLUSTER_NOT_STARTED' });
  await node.cluster.stop();
  await refused;
});

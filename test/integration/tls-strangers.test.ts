/** What somebody without a certificate can cost a node that has one. */
import { randomBytes } from 'node:crypto';
import { type ConnectionOptions, connect, type TLSSocket } from 'node:tls';
import { expect, onTestFinished, test } from 'vitest';
import { systemKeys } from '../../src/system/keys.ts';
import { tlsNetwork } from '../../src/transport/tls.ts';
import { DialerHandshake, refused } from '../../src/wire/handshake.ts';
import { CertificateAuthority } from '../support/certificate-authority.ts';
import { laterLife } from '../support/insider.ts';
import { timeNow } from '../support/journal.ts';
import { LocalNode } from '../support/local-node.ts';
import { Stranger, withDeadline } from '../support/stranger.ts';

const authority = new CertificateAuthority();
const good = authority.issue('good', 'IP:127.0.0.1');
const HELLO_TIMEOUT_MS = 300;
const SLACK_MS = 700;
const PENDING = 4;

function startNode(nodeName = 'node'): Promise<LocalNode> {
  return LocalNode.start({
    nodeName,
    tls: good,
    limits: {
      helloTimeoutMs: HELLO_TIMEOUT_MS,
      maxPendingHandshakes: PENDING,
      reportIntervalMs: 1,
    },
  });
}

function speakTls(stranger: Stranger, options: ConnectionOptions = {}): TLSSocket {
  const socket = connect({ socket: stranger.socket, rejectUnauthorized: false, ...options });
  socket.on('error', () => {});
  onTestFinished(() => {
    socket.destroy();
  });
  return socket;
}

function agreed(socket: TLSSocket): Promise<unknown> {
  const done = new Promise((resolve) => socket.once('secureConnect', resolve));
  return withDeadline(done, 'TLS', 1_000);
}

const CLIENT_HELLO_BEGUN = Buffer.from('1603010200010001fc0303', 'hex');

test.each<readonly [string, (stranger: Stranger) => unknown]>([
  ['says nothing', () => {}],
  ['begins TLS and stops', (stranger) => stranger.say(CLIENT_HELLO_BEGUN)],
  [
    'finishes TLS and does not greet',
    (stranger) => speakTls(stranger, { key: good.key, cert: good.cert }),
  ],
])('a stranger that %s is cut when the greeting is overdue', async (_, act) => {
  const node = await startNode();
  const startedAt = timeNow();
  const stranger = await Stranger.connect(node.port, { reads: false });
  act(stranger);
  const closedAt = await stranger.waitForClose(HELLO_TIMEOUT_MS + SLACK_MS);
  expect(closedAt - startedAt).toBeGreaterThan(HELLO_TIMEOUT_MS - 20);
  expect(await node.journal.waitForEvent('peer.refused', SLACK_MS)).toMatchObject({
    direction: 'inbound',
    reason: 'timeout',
  });
});

test('slow strangers fill no more than their places, and whoever comes later gets one', async () => {
  const node = await startNode();
  const slow = await Promise.all(
    Array.from({ length: PENDING }, () => Stranger.connect(node.port, { reads: false })),
  );
  for (const stranger of slow) stranger.say(CLIENT_HELLO_BEGUN);
  const tooMany = await Stranger.connect(node.port);
  const resetAt = await tooMany.waitForClose(SLACK_MS);
  await Promise.all(slow.map((stranger) => stranger.waitForClose(HELLO_TIMEOUT_MS + SLACK_MS)));
  for (const stranger of slow) expect(await stranger.closed).toBeGreaterThan(resetAt);
  const friend = await startNode('friend');
  expect(await friend.cluster.connect(node.id)).toBe(node.id);
});

test('a dialer without a certificate is refused before it hears anything', async () => {
  const node = await startNode();
  const stranger = await Stranger.connect(node.port, { reads: false });
  const socket = speakTls(stranger);
  const heard: Buffer[] = [];
  socket.on('data', (chunk: Buffer) => heard.push(chunk));
  await agreed(socket);
  const channelBinding = socket.exportKeyingMaterial(32, 'EXPORTER-chartmesh-1', Buffer.alloc(0));
  const handshake = new DialerHandshake(
    { self: laterLife(), clusterName: 'default', psks: [], features: 0, channelBinding },
    { keyPair: systemKeys.pair(), nonce: randomBytes(32), expectedPeer: '', probe: false },
  );
  socket.write(handshake.hello());
  await stranger.waitForClose(SLACK_MS);
  expect(Buffer.concat(heard)).toEqual(Buffer.from(refused('certificate').send));
  expect(await node.journal.waitForEvent('peer.refused', SLACK_MS)).toMatchObject({
    reason: 'certificate',
    detail: expect.stringMatching(/^it presented no certificate, or /),
  });
});

test.each(['serverAuth', 'clientAuth'])(
  'a node whose certificate is for %s only is refused, whoever dials',
  async (usage) => {
    const node = await startNode();
    const certificates = authority.issue('other', 'IP:127.0.0.1', { usage });
    // Such a node does not start any more; one of an earlier release does.
    const other = await LocalNode.start(
      { nodeName: 'other', tls: good },
      { secure: () => tlsNetwork({ kind: 'certificates', certificates }) },
    );
    const detail =
      'its certificate is for another purpose: it needs both serverAuth and clientAuth';
    await expect(other.cluster.connect(node.id)).rejects.toMatchObject({ reason: 'certificate' });
    await expect(node.cluster.connect(other.id)).rejects.toMatchObject({ reason: 'certificate' });
    expect(node.journal.events('peer.refused')).toEqual([
      expect.objectContaining({ direction: 'inbound', reason: 'certificate', detail }),
      expect.objectContaining({ direction: 'outbound', reason: 'certificate', detail }),
    ]);
  },
);

test.each<readonly [string, string, (stranger: Stranger) => void]>([
  ['an older TLS', 'protocol', (stranger) => void speakTls(stranger, { maxVersion: 'TLSv1.2' })],
  [
    'noise that begins like TLS',
    'protocol',
    (stranger) => {
      const noise = Buffer.alloc(600, 0xa5);
      noise.set([0x16, 0x03, 0x01, 0x02, 0x00, 0x01, 0x00, 0x01, 0xfc]);
      stranger.say(noise);
    },
  ],
  ['HTTP', 'plaintext', (stranger) => stranger.say('GET / HTTP/1.1\r\nhost: localhost\r\n\r\n')],
  ['noise', 'plaintext', (stranger) => stranger.say(Buffer.alloc(65_536, 0x5a))],
])('%s is reported as %s and costs one socket', async (_, reason, act) => {
  const node = await startNode();
  const stranger = await Stranger.connect(node.port, { reads: false });
  act(stranger);
  stranger.socket.resume();
  await stranger.waitForClose(HELLO_TIMEOUT_MS + SLACK_MS);
  expect(await node.journal.waitForEvent('peer.refused', SLACK_MS)).toMatchObject({ reason });
  const friend = await startNode('friend');
  expect(await friend.cluster.ping(node.id)).toBe(true);
});

test('a link that cannot be bound to its TLS session proves nothing', async () => {
  const node = await startNode();
  const network = tlsNetwork({ kind: 'certificates', certificates: good });
  const unbound = {
    ...network,
    dial: (...[to, done]: Parameters<typeof network.dial>) =>
      network.dial(to, (result) => {
        if (result.ok) Object.defineProperty(result.link, 'channelBinding', { value: null });
        done(result);
      }),
  };
  const dialer = await LocalNode.start(
    { nodeName: 'dialer', tls: good },
    { secure: () => unbound },
  );
  await expect(dialer.cluster.connect(node.id)).rejects.toMatchObject({ reason: 'auth' });
});

/** TLS between processes: who joins, who is refused and why, and certificates that change. */
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import type { ClusterConfig, ConnectReason, TlsOptions } from '../../src/index.ts';
import { CertificateAuthority } from '../support/certificate-authority.ts';
import { ChildNode } from '../support/child-node.ts';
import type { Journal } from '../support/journal.ts';
import { waitForMesh } from '../support/mesh.ts';
import { TlsMiddleman } from '../support/tls-middleman.ts';

const MESH_MS = 3_000;
const NOTICE_MS = 2_000;
const LOOPBACK = 'IP:127.0.0.1';
const SECRET = 'a secret that is long enough for anybody';

const authority = new CertificateAuthority('ours');
const foreign = new CertificateAuthority('theirs');
const good = authority.issue('good', LOOPBACK);

function config(nodeName: string, changes: Partial<ClusterConfig>): ClusterConfig {
  return {
    nodeName,
    heartbeatIntervalMs: 200,
    heartbeatMissThreshold: 5,
    reconnectBaseDelayMs: 50,
    reconnectMaxDelayMs: 200,
    // Every refusal is looked at.
    limits: { reportIntervalMs: 1 },
    ...changes,
  };
}

function refusals(journal: Journal, direction: 'inbound' | 'outbound', from: number) {
  return journal.waitForEvent('peer.refused', NOTICE_MS, {
    from,
    where: (event) => event.direction === direction,
  });
}

describe.each([
  ['certificates that name the host', (): Partial<ClusterConfig> => ({ tls: good })],
  [
    'certificates that carry the name',
    (name: string): Partial<ClusterConfig> => ({
      clusterName: 'shop, eu',
      tls: authority.issue(name, `URI:chartmesh://shop%2C%20eu/${name}`),
    }),
  ],
  [
    'no certificates, and a secret',
    (): Partial<ClusterConfig> => ({ tls: true, clusterSecret: SECRET }),
  ],
])('with %s', (_, options) => {
  test('three nodes form a mesh, and nobody on the way can read it', async () => {
    const first = await ChildNode.start(config('first', options('first')));
    const wire = await TlsMiddleman.before(first.port, null);
    onTestFinished(() => wire.close());
    const seeds = [`127.0.0.1:${wire.port}`];
    const others = await Promise.all(
      ['second', 'third'].map((name) => ChildNode.start(config(name, { ...options(name), seeds }))),
    );
    await waitForMesh([first, ...others], MESH_MS);
    expect(wire.read.length).toBeGreaterThan(1_000);
    expect(wire.read).not.toContain('CMSH');
    expect(wire.read).not.toContain('second@');
    for (const { journal } of [first, ...others]) {
      expect(journal.events('peer.refused')).toEqual([]);
      expect(journal.all((entry) => (entry.type === 'stderr' ? entry : undefined))).toEqual([]);
    }
  });
});

describe('a mesh with certificates', () => {
  const ends: (() => Promise<void>)[] = [];
  let node: ChildNode;
  beforeAll(async () => {
    node = await ChildNode.start(config('node', { tls: good }), (end) => ends.push(end));
  });
  afterAll(() => Promise.all(ends.map((end) => end())));

  const expired = authority.issue('expired', LOOPBACK, { days: -1 });
  const elsewhere = authority.issue('elsewhere', 'IP:10.9.8.7,DNS:other.example');
  const strange = { ...foreign.issue('strange', LOOPBACK), ca: [authority.cert] };

  /** What the node is told about the other one, whoever dials. */
  const cases: readonly [string, boolean | TlsOptions, ConnectReason, RegExp][] = [
    ['a certificate of another CA', strange, 'certificate', /CA that is not in `tls.ca`/],
    ['an expired certificate', expired, 'certificate', /has expired: renew it/],
    [
      'a certificate for another host',
      elsewhere,
      'certificate',
      /names .*10\.9\.8\.7.*127\.0\.0\.1/,
    ],
    ['TLS without certificates', true, 'certificate', /does not accept|has `tls: true`/],
    ['no TLS', false, 'plaintext', /speaks TLS, and the other side does not/],
  ];

  test.each(cases)('refuses a node with %s, whoever dials', async (_, tls, reason, why) => {
    const other = await ChildNode.start(config('other', { tls }));
    let marks = [node.journal.mark, other.journal.mark] as const;
    await expect(other.connect(node.id)).rejects.toMatchObject({ reason });
    expect(await refusals(node.journal, 'inbound', marks[0])).toMatchObject({
      reason,
      detail: expect.stringMatching(why),
    });
    expect(await refusals(other.journal, 'outbound', marks[1])).toMatchObject({ reason });

    marks = [node.journal.mark, other.journal.mark];
    await expect(node.connect(other.id)).rejects.toMatchObject({ reason });
    expect(await refusals(node.journal, 'outbound', marks[0])).toMatchObject({
      reason,
      detail: expect.stringMatching(why),
    });
    expect(await refusals(other.journal, 'inbound', marks[1])).toMatchObject({ reason });
    expect(await node.getNodes()).toEqual([]);
  });

  test('is refused by a node that trusts another CA, and both say so', async () => {
    const tls = { ...good, ca: foreign.cert };
    const other = await ChildNode.start(config('other', { tls }));
    const mark = node.journal.mark;
    await expect(other.connect(node.id)).rejects.toMatchObject({ reason: 'certificate' });
    expect(await refusals(node.journal, 'inbound', mark)).toMatchObject({
      reason: 'certificate',
      detail: expect.stringMatching(/does not accept this node's certificate/),
    });
  });

  test('tells a refused node aloud that it may stay alone', async () => {
    const other = await ChildNode.start(config('other', { tls: expired, seeds: [node.id] }));
    const said = await other.journal.first(
      (entry) => (entry.type === 'stderr' && /REFUSED/.test(entry.text) ? entry.text : undefined),
      'warning',
      NOTICE_MS,
    );
    expect(said).toMatch(/certificate/);
  });
});

describe('somebody who ends TLS in the middle', () => {
  const stolen = authority.issue('thief', LOOPBACK);
  test.each([
    ['with the public key', { tls: true, clusterSecret: SECRET }, { kind: 'anonymous' }],
    ['with a stolen CA', { tls: good }, { kind: 'certificates', certificates: stolen }],
  ] as const)('%s is found out by both nodes', async (_, options, settings) => {
    const [target, dialer] = await Promise.all([
      ChildNode.start(config('target', options)),
      ChildNode.start(config('dialer', options)),
    ]);
    const middleman = await TlsMiddleman.before(target.port, settings);
    onTestFinished(() => middleman.close());
    await expect(dialer.connect(`127.0.0.1:${middleman.port}`)).rejects.toMatchObject({
      reason: 'auth',
    });
    expect(middleman.read).toContain('CMSH');
    for (const [journal, direction] of [
      [target.journal, 'inbound'],
      [dialer.journal, 'outbound'],
    ] as const) {
      expect(await refusals(journal, direction, 0)).toMatchObject({
        reason: 'auth',
        detail: expect.stringContaining('ends TLS'),
      });
    }
    await dialer.connect(target.id);
  });
});

test('a CA is replaced while nobody goes down, and a node that knows only the new one joins', async () => {
  const [old, next] = [new CertificateAuthority('old'), new CertificateAuthority('new')];
  const [before, after] = [old.issue('node', LOOPBACK), next.issue('node', LOOPBACK)];
  const both = [old.cert, next.cert];
  const first = await ChildNode.start(config('first', { tls: before }));
  const seeds = [first.id];
  const nodes = [first];
  for (const name of ['second', 'third']) {
    nodes.push(await ChildNode.start(config(name, { tls: before, seeds })));
  }
  await waitForMesh(nodes, MESH_MS);
  const late = { ...after, ca: next.cert };
  const early = await ChildNode.start(config('early', { tls: late }));
  await expect(early.connect(first.id)).rejects.toMatchObject({ reason: 'certificate' });

  for (const tls of [{ ...before, ca: both }, { ...after, ca: both }, late]) {
    for (const node of nodes) await node.setTls(tls);
  }
  await early.connect(first.id);
  await waitForMesh([...nodes, early], MESH_MS);
  const past = await ChildNode.start(config('past', { tls: before }));
  await expect(past.connect(first.id)).rejects.toMatchObject({ reason: 'certificate' });
  expect([...nodes, early].flatMap(({ journal }) => journal.downs())).toEqual([]);
  expect(nodes.flatMap(({ journal }) => journal.events('session.closed'))).toEqual([]);
});

import { describe, expect, it } from 'vitest';
import type { ClusterEvent } from '../../src/inspect/events.ts';
import { CertificateAuthority } from '../support/certificate-authority.ts';
import { localNode } from './local-nodes.ts';

const GOOD_SECRET = 'sixteen bytes ok';

async function warningsOf(config: object): Promise<{ warned: string[]; events: string[] }> {
  const warned: string[] = [];
  const events: string[] = [];
  const cluster = localNode({ warn: (_, code) => warned.push(code) });
  cluster.events$.subscribe((event: ClusterEvent) => {
    if (event.type === 'warning') events.push(event.code);
  });
  await cluster.start({ nodeName: 'a', host: '127.0.0.1', port: 0, ...config });
  await cluster.stop();
  return { warned, events };
}

describe('warnings at start', () => {
  it.each([
    [{}, []],
    [{ host: '::1' }, []],
    [{ host: '0.0.0.0' }, ['CHARTMESH_NO_SECRET']],
    [{ host: '0.0.0.0', clusterSecret: GOOD_SECRET }, []],
    [{ clusterSecret: 'fifteen bytes..' }, ['CHARTMESH_WEAK_SECRET']],
    [{ clusterSecret: [GOOD_SECRET, 'short'] }, ['CHARTMESH_WEAK_SECRET']],
    [{ tls: true }, ['CHARTMESH_TLS_NO_SECRET']],
    [{ host: '0.0.0.0', tls: true }, ['CHARTMESH_NO_SECRET', 'CHARTMESH_TLS_NO_SECRET']],
    [{ host: '0.0.0.0', tls: true, clusterSecret: GOOD_SECRET }, []],
    [{ heartbeatMissThreshold: 1 }, ['CHARTMESH_THRESHOLD_ONE']],
    [
      { host: '0.0.0.0', heartbeatMissThreshold: 1 },
      ['CHARTMESH_NO_SECRET', 'CHARTMESH_THRESHOLD_ONE'],
    ],
  ])('for %j are %j, as events and aloud', async (config, codes) => {
    expect(await warningsOf(config)).toEqual({ warned: codes, events: codes });
  });

  const authority = new CertificateAuthority();
  const loopback = 'IP:127.0.0.1';

  it('need no secret on a routable address beside certificates', async () => {
    const tls = authority.issue('a', `${loopback},URI:chartmesh://default/a`);
    expect(await warningsOf({ host: '0.0.0.0', tls })).toEqual({ warned: [], events: [] });
  });

  it.each([
    ['has expired', loopback, -1],
    ['names another host', 'IP:10.0.0.1', 1],
  ])("tell of the node's own certificate when it %s", async (_, names, days) => {
    const tls = authority.issue('a', names, { days });
    expect((await warningsOf({ tls })).warned).toEqual(['CHARTMESH_TLS_CERTIFICATE']);
  });

  it('tell of lists that have expired, and of none that has a current one beside it', async () => {
    const other = new CertificateAuthority('other');
    const issued = authority.issue('a', loopback);
    const [old, current] = [authority.revocationList(-1), authority.revocationList()];
    for (const [crl, codes] of [
      [current, []],
      [[old, current], []],
      [[current, old], []],
      [current + other.revocationList(), []],
      [old, ['CHARTMESH_TLS_CRL']],
      [[current, other.revocationList(-1)], ['CHARTMESH_TLS_CRL']],
      [current + other.revocationList(-1), ['CHARTMESH_TLS_CRL']],
    ] as const) {
      expect((await warningsOf({ tls: { ...issued, crl } })).warned).toEqual(codes);
    }
  });

  it('come again when setTls brings a list that has expired', async () => {
    const texts: string[] = [];
    const cluster = localNode({ warn: (message) => texts.push(message) });
    const tls = authority.issue('a', loopback);
    await cluster.start({ nodeName: 'a', host: '127.0.0.1', port: 0, tls });
    cluster.setTls({ ...tls, crl: authority.revocationList(-1) });
    expect(texts).toEqual([
      expect.stringMatching(/will refuse other nodes: a list in tls\.crl has expired \(.+ GMT\)/),
    ]);
  });

  it('never hold the secret', async () => {
    const texts: string[] = [];
    const cluster = localNode({ warn: (message) => texts.push(message) });
    await cluster.start({ nodeName: 'a', host: '127.0.0.1', port: 0, clusterSecret: 'hunter2' });
    expect(texts).toHaveLength(1);
    expect(texts.join()).not.toContain('hunter2');
  });
});

import { describe, expect, it } from 'vitest';
import { Alarms } from '../../src/api/alarms.ts';
import type { ConnectReason } from '../../src/errors.ts';
import type { ClusterEvent } from '../../src/inspect/events.ts';

const refused = (reason: ConnectReason, direction: 'inbound' | 'outbound'): ClusterEvent => ({
  type: 'peer.refused',
  direction,
  reason,
  address: '10.0.0.2:4369',
  nodeId: 'b@10.0.0.2:4369',
  detail: 'the proof was refused',
  suppressed: 0,
});

function alarms() {
  const said: string[] = [];
  return { said, all: new Alarms((message, code) => said.push(`${code} ${message}`)) };
}

describe('a refusal that leaves the node alone', () => {
  it('is said once for each reason, and again after the next start', () => {
    const { all, said } = alarms();
    all.see(refused('auth', 'outbound'));
    all.see(refused('auth', 'outbound'));
    all.see(refused('name_conflict', 'outbound'));
    expect(said).toHaveLength(2);
    expect(said[0]).toBe(
      'CHARTMESH_REFUSED this node may stay alone: outbound handshake with b@10.0.0.2:4369 ' +
        'at 10.0.0.2:4369 refused (auth): the proof was refused',
    );
    all.reset();
    all.see(refused('auth', 'outbound'));
    expect(said).toHaveLength(3);
  });

  it.each([
    'auth',
    'certificate',
    'plaintext',
    'cluster_name',
    'version',
    'name_conflict',
  ] as const)('is said for %s', (reason) => {
    const { all, said } = alarms();
    all.see(refused(reason, 'outbound'));
    expect(said).toHaveLength(1);
  });

  it.each([
    refused('auth', 'inbound'),
    refused('protocol', 'outbound'),
    { type: 'timer.late', lagMs: 300 } as const,
  ])('is not $type $reason $direction', (event) => {
    const { all, said } = alarms();
    all.see(event);
    expect(said).toEqual([]);
  });
});

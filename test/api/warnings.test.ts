import { describe, expect, it } from 'vitest';
import type { ClusterEvent } from '../../src/inspect/events.ts';
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
    [{ heartbeatMissThreshold: 1 }, ['CHARTMESH_THRESHOLD_ONE']],
    [
      { host: '0.0.0.0', heartbeatMissThreshold: 1 },
      ['CHARTMESH_NO_SECRET', 'CHARTMESH_THRESHOLD_ONE'],
    ],
  ])('for %j are %j, as events and aloud', async (config, codes) => {
    expect(await warningsOf(config)).toEqual({ warned: codes, events: codes });
  });

  it('never hold the secret', async () => {
    const texts: string[] = [];
    const cluster = localNode({ warn: (message) => texts.push(message) });
    await cluster.start({ nodeName: 'a', host: '127.0.0.1', port: 0, clusterSecret: 'hunter2' });
    expect(texts).toHaveLength(1);
    expect(texts.join()).not.toContain('hunter2');
  });
});

import { describe, expect, it } from 'vitest';
import { ClusterStartError } from '../../src/errors.ts';
import type { Network, Resolver } from '../../src/ports.ts';
import { LOCAL, localNode, startedNode } from './local-nodes.ts';

/** A bug below the charts, which promise each other never to throw. */
const broken: Network = {
  dial: () => () => {},
  listen: () => {
    throw new Error('a bug');
  },
};

describe('an error inside', () => {
  it('ends the start with the error, is told aloud, and leaves nothing hanging', async () => {
    const warnings: string[] = [];
    const cluster = localNode({ network: broken, warn: (_, code) => warnings.push(code) });
    for (let attempt = 0; attempt < 2; attempt += 1) {
      const error = await cluster.start({ nodeName: 'a', ...LOCAL }).catch((e) => e);
      expect(error).toBeInstanceOf(ClusterStartError);
      expect(error.cause).toEqual(new Error('a bug'));
      expect(cluster.getStatus()).toBe('stopped');
    }
    await cluster.stop();
    expect(warnings).toEqual(['CHARTMESH_CHART_FAILED']);
  });

  it('gives back the port that was bound', async () => {
    const other = await startedNode('other');
    const port = Number(other.getLocalNodeId().split(':')[1]);
    await other.stop();
    const resolver: Resolver = {
      resolve: () => {
        throw new Error('a bug');
      },
    };
    const cluster = localNode({ resolver, warn: () => {} });
    await expect(
      cluster.start({ nodeName: 'a', ...LOCAL, port, seeds: ['b@127.0.0.1:1'] }),
    ).rejects.toMatchObject({ reason: 'internal' });
    expect(cluster.getStatus()).toBe('stopped');
    await other.start({ nodeName: 'other', ...LOCAL, port });
    expect(other.getStatus()).toBe('running');
  });
});

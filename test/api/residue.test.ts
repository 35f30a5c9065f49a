import { describe, expect, it } from 'vitest';
import type { Resolver } from '../../src/ports.ts';
import { A, B, C, virtualPair, virtualWorld } from './virtual-nodes.ts';

describe('after stop', () => {
  it('no timer and no link is left, whatever the node was doing', async () => {
    const { world, a, b } = await virtualPair();
    const c = world.node(C);
    await world.start(c, {
      host: C,
      seeds: ['a@10.0.0.1:4369', '10.0.0.2:1', 'nowhere.example:1', 'c@10.0.0.3:4369'],
    });
    await world.advance(3_500);
    a.cluster.connect('10.0.0.2:2').catch(() => {});
    c.cluster.health().catch(() => {});
    c.cluster.setSecrets('sixteen bytes ok');
    for (const { cluster } of [a, b, c]) cluster.stop();
    await world.advance(2_100);
    for (const { cluster, clock } of [a, b, c]) {
      expect(cluster.getStatus()).toBe('stopped');
      expect(clock.pending).toBe(0);
    }
    for (const address of [A, B, C]) expect(world.network.linkCount(address)).toBe(0);
    expect(world.clock.pending).toBe(0);
  });

  it('nothing is left of a node whose peer hangs, within the leave timeout', async () => {
    const { world, a, b } = await virtualPair();
    b.clock.freeze();
    const startedAt = world.clock.now();
    let stoppedAt = Number.NaN;
    a.cluster.stop().then(() => {
      stoppedAt = world.clock.now();
    });
    await world.advance(2_100);
    expect(stoppedAt - startedAt).toBeLessThanOrEqual(2_000);
    expect(a.clock.pending).toBe(0);
    expect(world.network.linkCount(A)).toBe(0);
  });

  it('nothing is left of a start that failed, or was given up', async () => {
    const world = virtualWorld();
    const [a, again, given] = [world.node(A), world.node(A), world.node(B)];
    await world.start(a, { host: A });
    await expect(world.start(again, { host: A })).rejects.toMatchObject({ reason: 'port_in_use' });
    expect(again.clock.pending).toBe(0);
    world.network.cut(A, B);
    const started = given.cluster
      .start({ nodeName: 'b', host: B, seeds: ['a@10.0.0.1:4369'] })
      .catch(({ reason }) => reason);
    await world.advance(100);
    expect(given.cluster.getStatus()).toBe('starting');
    given.cluster.stop();
    await world.advance(10);
    expect(await started).toBe('stopped');
    expect(given.clock.pending).toBe(0);
    expect(world.network.linkCount(B)).toBe(0);
  });
});

describe('after a node was forgotten', () => {
  it('nothing of it is left to look it up again', async () => {
    const world = virtualWorld();
    const names = world.network.resolver({});
    const lookedUp: string[] = [];
    const resolver: Resolver = {
      resolve: (host, done) => {
        lookedUp.push(host);
        return names.resolve(host, done);
      },
    };
    const [a, b] = [world.node(A, { resolver }), world.node(B)];
    const limits = { fullSyncIntervalMs: 5_000, downRetentionMs: 60_000 };
    await world.start(a, { host: A, limits, reconnectMaxDelayMs: 2_000 });
    const { pending } = a.clock;
    await world.start(b, { host: B, seeds: ['a@10.0.0.1:4369'] });
    await world.advance(1_000);
    world.network.vanish(B);
    await world.advance(50_000);
    expect(lookedUp.length).toBeGreaterThan(3);
    await world.advance(50_000);
    expect(a.cluster.getNodes()).toEqual([]);
    lookedUp.length = 0;
    await world.advance(50_000);
    expect(lookedUp).toEqual([]);
    expect(a.clock.pending).toBe(pending);
  });
});

describe('after a session has ended', () => {
  it('no renewal of it is planned any more', async () => {
    const world = virtualWorld();
    const [a, b] = [world.node(A), world.node(B)];
    const [fresh, old] = ['the new secret of us all', 'the old secret of us all'];
    await world.start(a, { host: A, clusterSecret: [fresh, old], flapDamping: false });
    await world.start(b, { host: B, clusterSecret: old, flapDamping: false });
    const { pending } = a.clock;
    for (let time = 0; time < 10; time += 1) {
      const connected = b.cluster.connect('10.0.0.1:4369');
      await world.advance(50);
      await connected;
      await b.cluster.disconnect('a@10.0.0.1:4369');
      await world.advance(50);
    }
    await world.advance(5_000);
    expect(a.clock.pending).toBe(pending);
  });
});

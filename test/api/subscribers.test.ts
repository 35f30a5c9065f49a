import { config, type Observable, throwError } from 'rxjs';
import { describe, expect, it, onTestFinished } from 'vitest';
import { B, virtualPair } from './virtual-nodes.ts';

const OBSERVABLES = ['status$', 'nodes$', 'connectedNodes$', 'nodeDown$', 'events$'] as const;

describe('a subscriber that throws', () => {
  it('is an affair of RxJS: nobody else notices', async () => {
    const reported = new Set<unknown>();
    let sawLast = () => {};
    const last = new Promise<void>((resolve) => {
      sawLast = resolve;
    });
    config.onUnhandledError = (error) => {
      reported.add(error);
      if (error === 'last') sawLast();
    };
    onTestFinished(() => {
      config.onUnhandledError = null;
    });
    const { world, a, b } = await virtualPair();
    const { cluster } = a;
    const heard: string[] = [];
    const subscriptions = OBSERVABLES.map((name) => {
      const mine = () => {
        throw name;
      };
      const observable: Observable<unknown> = cluster[name];
      return observable.subscribe(mine);
    });
    cluster.nodeDown$.subscribe(() => heard.push('nodeDown$'));
    cluster.onNodeDown(() => heard.push('onNodeDown'));
    b.cluster.stop();
    await world.advance(20);
    expect(heard).toEqual(['nodeDown$', 'onNodeDown']);
    await world.start(b, { host: B, seeds: ['a@10.0.0.1:4369'] });
    await world.advance(5);
    expect(cluster.getConnectedNodeCount()).toBe(1);
    expect(cluster.getStatus()).toBe('running');
    for (const subscription of subscriptions) subscription.unsubscribe();
    // RxJS reports later, each by a timer of its own, in order.
    throwError(() => 'last').subscribe();
    await last;
    expect(reported).toEqual(new Set([...OBSERVABLES, 'last']));
  });
});

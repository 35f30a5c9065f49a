import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Callbacks } from '../../src/api/callbacks.ts';
import type { ClusterEvent } from '../../src/inspect/events.ts';
import { flush, virtualPair } from './virtual-nodes.ts';

function callbacks() {
  const errors: unknown[] = [];
  const calls: string[] = [];
  const all = new Callbacks<[string]>((error) => errors.push(error));
  return { all, calls, errors };
}

const unhandled: unknown[] = [];
const note = (reason: unknown) => unhandled.push(reason);
beforeEach(() => {
  process.on('unhandledRejection', note);
});
afterEach(() => {
  process.off('unhandledRejection', note);
  expect(unhandled.splice(0)).toEqual([]);
});

describe('callbacks', () => {
  it('calls in the order of adding, a function added twice twice', () => {
    const { all, calls } = callbacks();
    const twice = (value: string) => calls.push(`twice ${value}`);
    all.add(twice);
    all.add((value) => calls.push(`once ${value}`));
    all.add(twice);
    all.call('x');
    expect(calls).toEqual(['twice x', 'once x', 'twice x']);
  });

  it('forgets only the one that was unsubscribed, however often that is said', () => {
    const { all, calls } = callbacks();
    const twice = (value: string) => calls.push(value);
    const remove = all.add(twice);
    all.add(twice);
    remove();
    remove();
    all.call('x');
    expect(calls).toEqual(['x']);
  });

  it('calls the others when one throws', () => {
    const { all, calls, errors } = callbacks();
    const failure = new Error('mine');
    all.add(() => {
      throw failure;
    });
    all.add((value) => calls.push(value));
    all.call('x');
    expect(calls).toEqual(['x']);
    expect(errors).toEqual([failure]);
  });

  it('takes a rejected promise for a throw', async () => {
    const { all, errors } = callbacks();
    all.add(async () => {
      throw new Error('later');
    });
    all.call('x');
    await flush();
    expect(errors).toEqual([new Error('later')]);
  });

  it('lets one unsubscribe itself and the next one', () => {
    const { all, calls } = callbacks();
    const removals: (() => void)[] = [];
    removals.push(
      all.add(() => {
        calls.push('first');
        for (const remove of removals) remove();
      }),
    );
    removals.push(all.add(() => calls.push('second')));
    all.add(() => calls.push('third'));
    all.call('x');
    all.call('y');
    expect(calls).toEqual(['first', 'third', 'third']);
  });

  it('does not call in the same round who was added in it', () => {
    const { all, calls } = callbacks();
    const add = () => all.add(() => calls.push('new'));
    const remove = all.add(() => {
      remove();
      add();
    });
    all.call('x');
    expect(calls).toEqual([]);
    all.call('y');
    expect(calls).toEqual(['new']);
  });
});

describe('handlers of the facade', () => {
  it('may be added before start, and serve every life', async () => {
    const { world, a, b } = await virtualPair();
    const seen: string[] = [];
    a.cluster.onNodeUp(({ id }) => seen.push(`up ${id}`));
    a.cluster.onNodeDown((id, reason) => seen.push(`down ${id} ${reason}`));
    const remove = a.cluster.onNodeUp(() => seen.push('removed'));
    remove();
    for (let life = 0; life < 2; life += 1) {
      b.cluster.stop();
      await world.advance(20);
      await world.start(b, { host: '10.0.0.2', seeds: ['a@10.0.0.1:4369'] });
      await world.advance(5);
    }
    const round = ['down b@10.0.0.2:4369 graceful_shutdown', 'up b@10.0.0.2:4369'];
    expect(seen).toEqual([...round, ...round]);

    seen.length = 0;
    a.cluster.stop();
    await world.advance(20);
    await world.start(a, { host: '10.0.0.1', seeds: ['b@10.0.0.2:4369'] });
    await world.advance(5);
    expect(seen).toEqual(['up b@10.0.0.2:4369']);
  });

  it('that throw are reported everywhere, and everything else goes on', async () => {
    const { world, a, b } = await virtualPair();
    const events: ClusterEvent[] = [];
    const seen: string[] = [];
    a.cluster.events$.subscribe((event) => events.push(event));
    a.cluster.onNodeDown(() => {
      throw new Error('mine');
    });
    a.cluster.onNodeDown(async () => {
      throw new Error('later');
    });
    a.cluster.onNodeDown((id) => seen.push(id));
    b.cluster.stop();
    await world.advance(20);
    expect(seen).toEqual(['b@10.0.0.2:4369']);
    expect(events.filter(({ type }) => type === 'observer.failed')).toEqual([
      { type: 'observer.failed', observer: 'onNodeDown', error: new Error('mine') },
      { type: 'observer.failed', observer: 'onNodeDown', error: new Error('later') },
    ]);
    expect(a.warnings.filter((code) => code === 'CHARTMESH_OBSERVER_FAILED')).toHaveLength(2);
    expect(a.cluster.getStatus()).toBe('running');
  });

  it('that throw on a change of status do not keep the node from it', async () => {
    const { world, a } = await virtualPair();
    const failing = world.node('10.0.0.3');
    failing.cluster.onStatusChange((status) => {
      throw new Error(status);
    });
    const statuses: string[] = [];
    failing.cluster.onStatusChange((status) => statuses.push(status));
    await world.start(failing, { host: '10.0.0.3', seeds: ['a@10.0.0.1:4369'] });
    await world.advance(5);
    expect(a.cluster.getNodeIds()).toContain('c@10.0.0.3:4369');
    failing.cluster.stop();
    await world.advance(20);
    expect(statuses).toEqual(['starting', 'running', 'stopping', 'stopped']);
    expect(failing.warnings.filter((code) => code === 'CHARTMESH_OBSERVER_FAILED')).toHaveLength(4);
  });
});

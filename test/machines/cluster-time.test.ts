import { describe, expect, it } from 'vitest';
import { createTestCluster, EVENTS, type EventName, optionsWith } from './cluster-rig.ts';

const begin = (...names: readonly EventName[]) => {
  const test = createTestCluster();
  test.send(...names.map((name) => EVENTS[name]));
  return test;
};
const RUN = ['start', 'listener.bound', 'seed.settled', 'seed.settled/other'] as const;

describe('a cluster that starts', () => {
  it('binds, tries its seeds, and runs once each has ended its first round', () => {
    const test = begin('start');
    expect(test.open).toEqual(['listener']);
    test.send(EVENTS['listener.bound']);
    expect(test.open).toEqual(['listener', 'round s1', 'round s2']);
    test.send(EVENTS['seed.settled'], EVENTS['seed.settled']);
    expect(test.state()).toBe('joining');
    test.send(EVENTS['seed.settled/other']);
    expect(test.state()).toBe('running');
    expect(test.clock.pending).toBe(0);
    expect(test.children()).toEqual(['listener', 'seed:s1', 'seed:s2']);
  });

  it('runs as soon as the port is bound when there are no seeds, without leaving a timer', () => {
    const test = begin('start/alone', 'listener.bound');
    expect(test.state()).toBe('running');
    expect([test.children(), test.clock.pending]).toEqual([['listener'], 0]);
  });

  it('runs after the join timeout, whatever the seeds do, and goes on trying them', () => {
    const test = begin('start', 'listener.bound');
    test.clock.advance(2_999);
    expect(test.state()).toBe('joining');
    test.clock.advance(1);
    expect(test.state()).toBe('running');
    expect(test.open).toEqual(['listener', 'round s1', 'round s2']);
  });

  it('is stopped when the port cannot be bound, says why, and may start again', () => {
    const test = begin('start', 'listener.failed');
    expect(test.state()).toBe('stopped');
    expect(test.context().failure).toEqual({
      reason: 'port_in_use',
      detail: 'port 4369 is taken',
      cause: 'EADDRINUSE',
    });
    expect(test.journal).toEqual(['+listener', '-listener']);

    test.send(EVENTS.start);
    expect(test.state()).toBe('binding');
    expect(test.context().failure).toBeNull();
    expect(test.journal).toEqual(['+listener', '-listener', '+listener']);
  });

  it('takes its peers along when the port cannot be bound', () => {
    const test = begin('start', 'peer.known', 'listener.failed');
    expect([test.children(), test.context().peers]).toEqual([[], []]);
    test.send(EVENTS.start, EVENTS['peer.known']);
    expect(test.children()).toEqual(['listener', 'peer:p1']);
    expect(test.errors).toEqual([]);
  });
});

describe('the peers of a cluster', () => {
  it.each([
    ['binding', ['start']],
    ['joining', ['start', 'listener.bound']],
    ['running', RUN],
  ] as const)('are spawned once and stopped when forgotten, while %s', (_, names) => {
    const test = begin(...names, 'peer.known', 'peer.known', 'peer.known/other');
    expect(test.context().peers).toEqual(['p1', 'p2']);
    expect(test.errors).toEqual([]);
    test.tellPeer('p1', { type: 'dial' });
    expect(test.open).toContain('dial p1');

    test.send(EVENTS['peer.forgotten']);
    expect(test.context().peers).toEqual(['p2']);
    expect(test.children()).toContain('peer:p2');
    expect(test.children()).not.toContain('peer:p1');
    expect(test.open).not.toContain('dial p1');

    test.send(EVENTS['peer.known']);
    expect(test.context().peers).toEqual(['p2', 'p1']);
    expect(test.children()).toContain('peer:p1');
  });

  it('work under the settings they were known with', () => {
    const test = begin(...RUN, 'peer.known');
    test.tellPeer('p1', { type: 'session', session: 7 });
    test.clock.advance(499);
    expect(test.journal).not.toContain('close 7');
    test.clock.advance(1);
    expect(test.journal).toContain('close 7');
  });

  it('live through the goodbye and end before the teardown begins', () => {
    const test = begin(...RUN, 'peer.known', 'stop');
    expect(test.children()).toContain('peer:p1');
    test.tellPeer('p1', { type: 'dial' });
    const before = test.journal.length;
    test.send(EVENTS['goodbye.done']);
    expect(test.journal.slice(before).sort()).toEqual([
      '+teardown',
      '-dial p1',
      '-goodbye',
      '-listener',
    ]);
    expect(test.journal.at(-1)).toBe('+teardown');
    expect(test.context().peers).toEqual([]);
  });
});

describe('a cluster that stops', () => {
  it('says goodbye while it still listens, closes, and cuts what is left', () => {
    const test = begin('start/alone', 'listener.bound', 'stop', 'goodbye.done', 'teardown.done');
    expect(test.journal).toEqual([
      '+listener',
      '+goodbye',
      '-goodbye',
      '-listener',
      '+teardown',
      'cutAll',
      '-teardown',
    ]);
    expect(test.state()).toBe('stopped');
  });

  it('ends its seeds at once', () => {
    const test = begin(...RUN, 'stop');
    expect(test.children().filter((id) => id.startsWith('seed:'))).toEqual([]);
    expect(test.open).toEqual(['listener', 'goodbye']);
  });

  it.each([
    ['running', RUN],
    ['joining', ['start', 'listener.bound']],
    ['binding', ['start']],
  ] as const)('may stop while %s, and is through within its leave timeout', (_, names) => {
    const test = begin(...names, 'peer.known');
    test.clock.advance(1_000);
    test.tellPeer('p1', { type: 'dial' });
    test.send(EVENTS.stop);
    expect(test.state()).toBe('goodbye');
    test.clock.advance(1_599);
    expect(test.state()).toBe('goodbye');
    test.clock.advance(1);
    expect(test.state()).toBe('closing');
    expect(test.open).toEqual(['teardown']);
    test.clock.advance(399);
    expect(test.state()).toBe('closing');
    test.clock.advance(1);
    expect(test.state()).toBe('stopped');
    expect(test.journal.filter((entry) => entry === 'cutAll')).toHaveLength(1);
    expect({ open: test.open, children: test.children(), timers: test.clock.pending }).toEqual({
      open: [],
      children: [],
      timers: 0,
    });
  });

  it('ignores a listener that reports after the stop', () => {
    const test = begin('start', 'stop', 'listener.bound', 'listener.failed');
    expect(test.state()).toBe('goodbye');
    expect(test.context().failure).toBeNull();
  });

  it('is through at once with a leave timeout of 0', () => {
    const test = begin();
    test.send({ type: 'start', options: { ...optionsWith(), leaveTimeoutMs: 0 } });
    test.send(EVENTS['listener.bound'], EVENTS['peer.known'], EVENTS.stop);
    test.clock.advance(0);
    expect(test.state()).toBe('stopped');
    expect({ open: test.open, children: test.children() }).toEqual({ open: [], children: [] });
    expect(test.journal.filter((entry) => entry === 'cutAll')).toHaveLength(1);
  });

  it('starts again with the options of the new start and nothing of the old one', () => {
    const test = begin(...RUN, 'peer.known', 'stop', 'goodbye.done', 'teardown.done');
    test.send({ type: 'start', options: optionsWith('s3') }, EVENTS['listener.bound']);
    expect(test.state()).toBe('joining');
    expect(test.context()).toMatchObject({ pending: ['s3'], peers: [], failure: null });
    expect(test.children()).toEqual(['listener', 'seed:s3']);
    test.send(EVENTS['peer.known'], { type: 'seed.settled', seed: 's3' });
    expect(test.state()).toBe('running');
    expect(test.errors).toEqual([]);
  });
});

import { describe, expect, it } from 'vitest';
import { NodeId } from '../../src/membership/node-id.ts';
import { Arbiter, type Contender } from '../../src/node/arbiter.ts';
import { TestClock } from '../../src/testing/clock.ts';

const SMALL = NodeId.parse('a@10.0.0.1:4369');
const LARGE = NodeId.parse('b@10.0.0.2:4369');

function bout(self: NodeId) {
  const clock = new TestClock();
  const arbiter = new Arbiter(self, clock, 1_000);
  const peer = self === SMALL ? LARGE : SMALL;
  const calls: string[] = [];
  const contender = (name: string, role: Contender['role']): Contender => ({
    role,
    go: () => calls.push(`${name} goes`),
    lost: () => calls.push(`${name} lost`),
    expired: () => calls.push(`${name} expired`),
  });
  const enter = (name: string, role: Contender['role']) => {
    const entered = contender(name, role);
    arbiter.enter(peer, entered);
    return entered;
  };
  const leave = (left: Contender, won: boolean) => arbiter.leave(peer, left, won);
  return { clock, arbiter, calls, enter, leave };
}

describe('the arbiter', () => {
  it.each(['dial', 'accept'] as const)('lets a lone %s go at once', (role) => {
    const { calls, enter } = bout(SMALL);
    enter('it', role);
    expect(calls).toEqual(['it goes']);
  });

  it('of the smaller node parks an accept while its own dial is under way', () => {
    const { calls, enter, leave } = bout(SMALL);
    const dial = enter('dial', 'dial');
    enter('accept', 'accept');
    expect(calls).toEqual(['dial goes']);
    leave(dial, true);
    expect(calls).toEqual(['dial goes', 'accept lost']);
  });

  it('of the smaller node lets the accept go when its own dial fails', () => {
    const { calls, enter, leave } = bout(SMALL);
    const dial = enter('dial', 'dial');
    enter('accept', 'accept');
    leave(dial, false);
    expect(calls).toEqual(['dial goes', 'accept goes']);
  });

  it('of the larger node lets an accept go beside its dial', () => {
    const { calls, enter } = bout(LARGE);
    enter('dial', 'dial');
    enter('accept', 'accept');
    expect(calls).toEqual(['dial goes', 'accept goes']);
  });

  it.each([SMALL, LARGE])('of %s parks a dial while an accept is under way', (self) => {
    const { calls, enter, leave } = bout(self);
    const accept = enter('accept', 'accept');
    enter('dial', 'dial');
    expect(calls).toEqual(['accept goes']);
    leave(accept, true);
    expect(calls).toEqual(['accept goes', 'dial lost']);
  });

  it('lets one accept of a peer go at a time', () => {
    const { calls, enter, leave } = bout(LARGE);
    const first = enter('first', 'accept');
    enter('second', 'accept');
    enter('third', 'accept');
    leave(first, false);
    expect(calls).toEqual(['first goes', 'second goes']);
  });

  it('lets a proof that has waited long enough go before a dial that has proven nothing', () => {
    const { clock, calls, enter, leave } = bout(SMALL);
    const dial = enter('dial', 'dial');
    enter('accept', 'accept');
    clock.advance(999);
    expect(calls).toEqual(['dial goes']);
    clock.advance(1);
    expect(calls).toEqual(['dial goes', 'dial expired', 'accept goes']);
    leave(dial, false);
    expect(calls).toEqual(['dial goes', 'dial expired', 'accept goes']);
  });

  it('keeps nobody waiting for a proof longer than the limit', () => {
    const { clock, calls, enter } = bout(SMALL);
    enter('accept', 'accept');
    enter('accept', 'accept');
    enter('dial', 'dial');
    clock.advance(1_000);
    expect(calls).toEqual(['accept goes', 'accept expired', 'dial expired']);
    expect(clock.pending).toBe(0);
  });

  it('forgets who leaves while waiting, and its timer', () => {
    const { clock, calls, enter, leave } = bout(SMALL);
    const dial = enter('dial', 'dial');
    const accept = enter('accept', 'accept');
    leave(accept, false);
    leave(dial, true);
    clock.advance(5_000);
    expect(calls).toEqual(['dial goes']);
    expect(clock.pending).toBe(0);
  });

  it('judges each peer by itself', () => {
    const { arbiter, calls, enter } = bout(SMALL);
    enter('dial', 'dial');
    const other = NodeId.parse('c@10.0.0.3:4369');
    arbiter.enter(other, {
      role: 'accept',
      go: () => calls.push('other goes'),
      lost: () => {},
      expired: () => {},
    });
    expect(calls).toEqual(['dial goes', 'other goes']);
  });

  it('ignores the leaving of somebody it does not know', () => {
    const { calls, enter, leave } = bout(SMALL);
    leave(enter('dial', 'dial'), true);
    leave({ role: 'accept', go: () => {}, lost: () => {}, expired: () => {} }, true);
    expect(calls).toEqual(['dial goes']);
  });
});

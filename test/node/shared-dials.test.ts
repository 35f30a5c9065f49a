import { beforeEach, describe, expect, it } from 'vitest';
import { NodeId } from '../../src/membership/node-id.ts';
import type { DialRequest, DialResult } from '../../src/node/dialer.ts';
import { SharedDials } from '../../src/node/shared-dials.ts';
import { TestClock } from '../../src/testing/clock.ts';

const B = NodeId.parse('b@10.0.0.2:4369');
const BY_PEER = request(B);
const BY_SEED = request('');

function request(expectedPeer: string, dialled = '10.0.0.2:4369'): DialRequest {
  return { endpoint: { host: '10.0.0.2', port: 4369 }, expectedPeer, dialled, purpose: 'join' };
}

let clock: TestClock;
let dials: { request: DialRequest; end: (result: DialResult) => void; isAborted: boolean }[];
let connected: NodeId | null;
let shared: SharedDials;
let heard: (readonly [string, DialResult])[];

beforeEach(() => {
  clock = new TestClock();
  [dials, heard, connected] = [[], [], null];
  shared = new SharedDials({
    clock: clock.node(),
    connected: (id) => (id === connected ? connected : null),
    dial: (wanted, end) => {
      const dial = { request: wanted, end, isAborted: false };
      dials.push(dial);
      return () => {
        dial.isAborted = true;
      };
    },
  });
});

const dial = (wanted: DialRequest, name: string) =>
  shared.dial(wanted, (result) => heard.push([name, result]));

const met: DialResult = { ok: true, peer: B, session: null };
const failure = (reason: 'refused' | 'wrong_peer'): DialResult => ({
  ok: false,
  failure: reason,
  detail: '',
  peer: null,
});

describe('two dials of one address', () => {
  it('are one, and both hear who was met', () => {
    dial(BY_PEER, 'peer');
    dial(BY_SEED, 'seed');
    expect(dials).toHaveLength(1);
    dials[0]?.end(met);
    clock.advance(0);
    expect(heard).toEqual([
      ['peer', met],
      ['seed', met],
    ]);
  });

  it('are one, and both hear that nobody listens', () => {
    dial(BY_PEER, 'peer');
    dial(BY_SEED, 'seed');
    dials[0]?.end(failure('refused'));
    clock.advance(0);
    expect(heard.map(([name]) => name)).toEqual(['peer', 'seed']);
    expect(dials).toHaveLength(1);
  });

  it('become two when the first failed for a reason of its own', () => {
    dial(BY_PEER, 'peer');
    dial(BY_SEED, 'seed');
    dials[0]?.end(failure('wrong_peer'));
    expect(dials.map(({ request: { expectedPeer } }) => expectedPeer)).toEqual([B, '']);
    dials[1]?.end(met);
    expect(heard.at(-1)).toEqual(['seed', met]);
  });

  it('are two when they name the address differently', () => {
    dial(BY_PEER, 'peer');
    dial(request('', 'b.example:4369'), 'seed');
    expect(dials).toHaveLength(2);
  });

  it('follow each other as they like once the first is over', () => {
    dial(BY_PEER, 'peer');
    dials[0]?.end(met);
    dial(BY_SEED, 'seed');
    expect(dials).toHaveLength(2);
  });
});

describe('when the first is aborted', () => {
  it('the second dials for itself', () => {
    const abort = dial(BY_PEER, 'peer');
    dial(BY_SEED, 'seed');
    abort();
    expect(dials.map(({ isAborted }) => isAborted)).toEqual([true, false]);
    dials[1]?.end(met);
    expect(heard).toEqual([['seed', met]]);
  });

  it('the second hears of the session that was the reason', () => {
    const abort = dial(BY_PEER, 'peer');
    dial(BY_SEED, 'seed');
    connected = B;
    abort();
    clock.advance(0);
    expect(dials).toHaveLength(1);
    expect(heard).toMatchObject([['seed', { failure: 'already_connected', peer: B }]]);
  });

  it('after it was over, nobody is aborted', () => {
    const abort = dial(BY_PEER, 'peer');
    dials[0]?.end(met);
    dial(BY_SEED, 'seed');
    abort();
    dials[1]?.end(met);
    expect(heard).toHaveLength(2);
    expect(dials[1]?.isAborted).toBe(false);
  });
});

describe('the second, aborted,', () => {
  it('hears nothing, and the first goes on', () => {
    dial(BY_PEER, 'peer');
    dial(BY_SEED, 'seed')();
    dials[0]?.end(met);
    clock.advance(0);
    expect(heard).toEqual([['peer', met]]);
    expect(dials[0]?.isAborted).toBe(false);
  });

  it('hears nothing either when it was about to, or dials for itself', () => {
    const abortFirst = dial(BY_PEER, 'peer');
    const abortSecond = dial(BY_SEED, 'seed');
    abortFirst();
    abortSecond();
    expect(dials.map(({ isAborted }) => isAborted)).toEqual([true, true]);
    dial(BY_PEER, 'peer');
    const abort = dial(BY_SEED, 'seed');
    dials[2]?.end(met);
    abort();
    clock.advance(0);
    expect(heard).toEqual([['peer', met]]);
  });
});

import { describe, expect, it } from 'vitest';
import { Gate, type Place } from '../../src/node/gate.ts';
import { TestClock } from '../../src/testing/clock.ts';

const ROOMY = {
  maxPendingHandshakes: 100,
  maxPendingPerAddress: 100,
  acceptsPerSecond: 10,
  acceptBurst: 100,
  maxFailuresPerAddress: 100,
  failuresForgivenPerSecond: 1,
  yieldAfterMs: 500,
};

function gate(limits: Partial<typeof ROOMY>) {
  const clock = new TestClock();
  const all = new Gate(clock, { ...ROOMY, ...limits });
  const admitted = (host: string, times: number) =>
    Array.from({ length: times }, () => all.admit(host)).filter((place) => place !== null);
  /** So many handshakes, one after the other, that come to nothing. */
  const failed = (host: string, times: number) => {
    for (let failure = 0; failure < times; failure += 1) all.admit(host)?.leave();
  };
  const proven = (host: string) => {
    const place = all.admit(host);
    place?.proven();
    place?.leave();
  };
  return { clock, all, admitted, failed, proven };
}

/** Leaves when it is asked to, and tells. */
function yielding(place: Place | undefined): { readonly hasYielded: boolean } {
  const seen = { hasYielded: false };
  if (place) {
    place.yields = () => {
      seen.hasYielded = true;
      place.leave();
    };
  }
  return seen;
}

describe('the gate', () => {
  it('bounds handshakes under way from everywhere', () => {
    const { all, admitted } = gate({ maxPendingHandshakes: 3 });
    const places = ['x', 'y', 'z', 'w'].flatMap((host) => admitted(host, 1));
    expect(places).toHaveLength(3);
    places[0]?.leave();
    expect(all.admit('w')).not.toBeNull();
    expect(all.admit('v')).toBeNull();
  });

  it('bounds those of one address, and only those', () => {
    const { all, admitted } = gate({ maxPendingPerAddress: 2 });
    const places = admitted('x', 5);
    expect(places).toHaveLength(2);
    expect(admitted('y', 5)).toHaveLength(2);
    places[0]?.leave();
    expect(all.admit('x')).not.toBeNull();
  });

  it('takes a place back once, however often it is given', () => {
    const { all, admitted } = gate({ maxPendingPerAddress: 2 });
    const [first] = admitted('x', 2);
    first?.leave();
    first?.leave();
    expect(all.admit('x')).not.toBeNull();
    expect(all.admit('x')).toBeNull();
  });

  it('lets a burst in, then so many a second', () => {
    const { clock, admitted, proven } = gate({ acceptBurst: 6 });
    proven('x');
    expect(admitted('x', 20)).toHaveLength(5);
    clock.advance(99);
    expect(admitted('x', 1)).toHaveLength(0);
    clock.advance(2);
    expect(admitted('x', 5)).toHaveLength(1);
    clock.advance(300);
    expect(admitted('x', 5)).toHaveLength(3);
  });

  it('never saves up more than a burst', () => {
    const { all, clock, admitted } = gate({ acceptBurst: 5 });
    all.met('x');
    clock.advance(3_600_000);
    expect(admitted('x', 20)).toHaveLength(5);
  });

  it('charges nothing for a refusal', () => {
    const { all, admitted } = gate({ maxPendingPerAddress: 1, acceptBurst: 4 });
    expect(admitted('x', 50)).toHaveLength(1);
    expect(all.admit('y')).not.toBeNull();
  });
});

describe('an address whose handshakes fail', () => {
  it('must wait until failures are forgiven, and others need not', () => {
    const { clock, admitted, failed } = gate({
      maxFailuresPerAddress: 3,
      failuresForgivenPerSecond: 2,
    });
    failed('x', 10);
    expect(admitted('x', 5)).toHaveLength(0);
    expect(admitted('y', 5)).toHaveLength(5);
    clock.advance(499);
    expect(admitted('x', 5)).toHaveLength(0);
    clock.advance(2);
    expect(admitted('x', 5)).toHaveLength(1);
  });

  it('has the fewer handshakes under way the more have failed', () => {
    const { admitted, failed } = gate({ maxFailuresPerAddress: 5 });
    failed('x', 2);
    expect(admitted('x', 9)).toHaveLength(3);
  });

  it('is as good as any other once all is forgiven', () => {
    const { clock, admitted, failed } = gate({ maxFailuresPerAddress: 3 });
    failed('x', 3);
    clock.advance(3_000);
    expect(admitted('x', 9)).toHaveLength(9);
  });

  it('is cleared by a proof', () => {
    const { admitted, failed, proven } = gate({ maxFailuresPerAddress: 3 });
    failed('x', 2);
    proven('x');
    expect(admitted('x', 9)).toHaveLength(9);
  });

  it('is not barred when somebody there has proven to be a member', () => {
    const { admitted, failed, proven } = gate({ maxFailuresPerAddress: 3 });
    proven('x');
    failed('x', 10);
    expect(admitted('x', 9)).toHaveLength(9);
  });

  it('leaves the lower half of the burst to those who have not failed', () => {
    const { admitted, failed, proven } = gate({ acceptBurst: 20 });
    proven('known');
    failed('x', 1);
    failed('known', 1);
    expect(admitted('x', 20)).toHaveLength(7);
    expect(admitted('known', 20)).toHaveLength(0);
    expect(admitted('new', 20)).toHaveLength(5);
  });

  it('cannot use up what is kept for members, however often it changes', () => {
    const { all, admitted } = gate({ acceptBurst: 20 });
    all.met('member');
    const strangers = Array.from({ length: 50 }, (_, n) => admitted(`x${n}`, 1)).flat();
    expect(strangers).toHaveLength(15);
    expect(admitted('member', 20)).toHaveLength(5);
  });

  it('is the whole network when it is of IPv6', () => {
    const { admitted, failed } = gate({ maxFailuresPerAddress: 1 });
    failed('2001:db8::1', 1);
    expect(admitted('2001:db8::2', 1)).toHaveLength(0);
    expect(admitted('2001:db8:0:0:ffff::2', 1)).toHaveLength(0);
    expect(admitted('2001:db8:0:1::1', 1)).toHaveLength(1);
    expect(admitted('::1', 1)).toHaveLength(1);
  });
});

describe('when places are short', () => {
  const FULL = { maxPendingHandshakes: 2 };

  it('the one that has waited longest gives way, but not before it had its time', () => {
    const { clock, all, admitted } = gate(FULL);
    const [old] = admitted('x', 1);
    const oldest = yielding(old);
    clock.advance(1);
    const [young] = admitted('x', 1);
    const youngest = yielding(young);
    clock.advance(498);
    expect(all.admit('y')).toBeNull();
    clock.advance(1);
    expect(all.admit('y')).not.toBeNull();
    expect([oldest.hasYielded, youngest.hasYielded]).toEqual([true, false]);
  });

  it('those of an address give way to each other', () => {
    const { clock, all, admitted } = gate({ maxPendingPerAddress: 1 });
    const [other] = admitted('x', 1);
    const [own] = admitted('y', 1);
    const seen = [yielding(other), yielding(own)];
    clock.advance(500);
    expect(all.admit('y')).not.toBeNull();
    expect(seen.map(({ hasYielded }) => hasYielded)).toEqual([false, true]);
  });

  it('who has proven the secret keeps its place', () => {
    const { clock, all, admitted } = gate(FULL);
    const seen = admitted('x', 2).map((place) => {
      place.proven();
      return yielding(place);
    });
    clock.advance(10_000);
    expect(all.admit('y')).toBeNull();
    expect(seen.map(({ hasYielded }) => hasYielded)).toEqual([false, false]);
  });
});

import { describe, expect, it } from 'vitest';
import { Gate } from '../../src/node/gate.ts';
import { TestClock } from '../../src/testing/clock.ts';

const ROOMY = {
  maxPendingHandshakes: 100,
  maxPendingPerAddress: 100,
  acceptsPerSecond: 10,
  acceptBurst: 100,
};

function gate(limits: Partial<typeof ROOMY>) {
  const clock = new TestClock();
  const all = new Gate(clock, { ...ROOMY, ...limits });
  const admitted = (host: string, times: number) =>
    Array.from({ length: times }, () => all.admit(host)).filter((release) => release !== null);
  return { clock, all, admitted };
}

describe('the gate', () => {
  it('bounds handshakes under way from everywhere', () => {
    const { all, admitted } = gate({ maxPendingHandshakes: 3 });
    const places = ['x', 'y', 'z', 'w'].flatMap((host) => admitted(host, 1));
    expect(places).toHaveLength(3);
    places[0]?.();
    expect(all.admit('w')).not.toBeNull();
    expect(all.admit('v')).toBeNull();
  });

  it('bounds those of one address, and only those', () => {
    const { all, admitted } = gate({ maxPendingPerAddress: 2 });
    const places = admitted('x', 5);
    expect(places).toHaveLength(2);
    expect(admitted('y', 5)).toHaveLength(2);
    places[0]?.();
    expect(all.admit('x')).not.toBeNull();
  });

  it('takes a place back once, however often it is given', () => {
    const { all, admitted } = gate({ maxPendingPerAddress: 2 });
    const [first] = admitted('x', 2);
    first?.();
    first?.();
    expect(all.admit('x')).not.toBeNull();
    expect(all.admit('x')).toBeNull();
  });

  it('lets a burst in, then so many a second', () => {
    const { clock, admitted } = gate({ acceptBurst: 5 });
    expect(admitted('x', 20)).toHaveLength(5);
    clock.advance(99);
    expect(admitted('x', 1)).toHaveLength(0);
    clock.advance(2);
    expect(admitted('x', 5)).toHaveLength(1);
    clock.advance(300);
    expect(admitted('x', 5)).toHaveLength(3);
  });

  it('never saves up more than a burst', () => {
    const { clock, admitted } = gate({ acceptBurst: 5 });
    clock.advance(3_600_000);
    expect(admitted('x', 20)).toHaveLength(5);
  });

  it('charges nothing for a refusal', () => {
    const { all, admitted } = gate({ maxPendingPerAddress: 1, acceptBurst: 2 });
    expect(admitted('x', 50)).toHaveLength(1);
    expect(all.admit('y')).not.toBeNull();
  });
});

import { expect, it } from 'vitest';
import { DialSlots } from '../../src/node/dial-slots.ts';
import type { DialRequest } from '../../src/node/dialer.ts';
import { type ReachPorts, reach } from '../../src/node/reach.ts';
import { SharedDials } from '../../src/node/shared-dials.ts';
import { TestClock } from '../../src/testing/clock.ts';

it('whoever waits for the dial of another leaves its place to the next', () => {
  const dialled: string[] = [];
  const shared = new SharedDials({
    clock: new TestClock().node(),
    connected: () => null,
    dial: ({ endpoint }: DialRequest) => {
      dialled.push(endpoint.host);
      return () => {};
    },
  });
  const ports: ReachPorts = {
    resolver: {
      resolve: (host, done) => {
        done({ ok: true, addresses: [host] });
        return () => {};
      },
    },
    dial: (request, done) => shared.dial(request, done),
  };
  const slots = new DialSlots(() => 1);
  const go = (host: string, waitsAt: DialSlots | null) => {
    const target = { host, port: 4369 };
    const expectedPeer = `x@${host}:4369`;
    reach(
      ports,
      { target, expectedPeer, purpose: 'join', slots: waitsAt, isOwn: () => false },
      () => {},
    );
  };
  // A seed's first round, then the chart of the node behind it, then another node.
  go('10.0.0.1', null);
  go('10.0.0.1', slots);
  go('10.0.0.2', slots);
  expect(dialled).toEqual(['10.0.0.1', '10.0.0.2']);
});

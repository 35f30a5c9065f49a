import { describe, expect, it } from 'vitest';
import { NodeId } from '../../src/membership/node-id.ts';
import { DialSlots } from '../../src/node/dial-slots.ts';
import type { DialRequest, DialResult } from '../../src/node/dialer.ts';
import { type Reached, reach } from '../../src/node/reach.ts';
import type { Resolved } from '../../src/ports.ts';

const B = NodeId.parse('b@10.0.0.2:4369');
const C = NodeId.parse('c@10.0.0.3:4369');

interface Dial {
  readonly request: DialRequest;
  readonly answer: (result: DialResult) => void;
  isAborted: boolean;
}

/** A reach whose resolver and dials answer when told to. */
function reaching({
  maxDials = 8,
  host = 'seed.example',
  own = '',
  isWanted,
}: {
  maxDials?: number | null;
  host?: string;
  own?: string;
  isWanted?: () => boolean;
} = {}) {
  const dials: Dial[] = [];
  const results: Reached[] = [];
  let isCancelled = false;
  let resolved = (_: Resolved) => {};
  const abort = reach(
    {
      resolver: {
        resolve: (_, done) => {
          resolved = done;
          return () => {
            isCancelled = true;
          };
        },
      },
      dial: (request, answer) => {
        const dial: Dial = { request, answer, isAborted: false };
        dials.push(dial);
        return () => {
          dial.isAborted = true;
        };
      },
    },
    {
      target: { host, port: 4369 },
      expectedPeer: 'b@',
      purpose: 'join',
      slots: maxDials === null ? null : new DialSlots(() => maxDials),
      isOwn: (address) => address.host === own,
      ...(isWanted ? { isWanted } : {}),
    },
    (reached) => results.push(reached),
  );
  const resolveTo = (...addresses: string[]) => resolved({ ok: true, addresses });
  return {
    dials,
    results,
    abort,
    resolveTo,
    resolved: (answer: Resolved) => resolved(answer),
    isCancelled: () => isCancelled,
  };
}

const met = (peer: NodeId): DialResult => ({ ok: true, peer, session: null });
const failed = (
  failure: Extract<DialResult, { ok: false }>['failure'],
  peer: NodeId | null = null,
): DialResult => ({ ok: false, failure, detail: `${failure} it is`, peer });

describe('reach', () => {
  it('gives the place to the next as soon as the dial has had its turn, however long the rest takes', () => {
    const { dials, resolveTo } = reaching({ maxDials: 1 });
    resolveTo('10.0.0.2', '10.0.0.3');
    expect(dials).toHaveLength(1);
    dials[0]?.request.yielded?.();
    expect(dials.map(({ request }) => request.endpoint.host)).toEqual(['10.0.0.2', '10.0.0.3']);
  });

  it('waits for nobody when it must not wait', () => {
    const { dials, resolveTo } = reaching({ maxDials: null });
    resolveTo(...Array.from({ length: 20 }, (_, index) => `10.0.1.${index}`));
    expect(dials).toHaveLength(20);
  });

  it('dials every address behind the name, by what was named', () => {
    const { dials, resolveTo } = reaching();
    resolveTo('10.0.0.2', 'fd00::2');
    expect(dials.map(({ request }) => request)).toMatchObject(
      ['10.0.0.2', 'fd00::2'].map((host) => ({
        endpoint: { host, port: 4369 },
        expectedPeer: 'b@',
        dialled: 'seed.example:4369',
        purpose: 'join',
      })),
    );
  });

  it('reports once, when all have answered; a failure hides no success', () => {
    const { dials, results, resolveTo } = reaching();
    resolveTo('10.0.0.1', '10.0.0.2', '10.0.0.3');
    dials[0]?.answer(failed('refused'));
    dials[1]?.answer(met(B));
    expect(results).toEqual([]);
    dials[2]?.answer(failed('timeout'));
    expect(results).toEqual([
      {
        met: [B],
        failures: ['refused', 'timeout'],
        details: ['refused it is', 'timeout it is'],
        own: [],
      },
    ]);
  });

  it('takes somebody who is connected already for met, and each node once', () => {
    const { dials, results, resolveTo } = reaching();
    resolveTo('10.0.0.2', '10.0.0.3', '10.0.0.4');
    dials[0]?.answer(failed('already_connected', B));
    dials[1]?.answer(met(B));
    dials[2]?.answer(met(C));
    expect(results[0]?.met).toEqual([B, C]);
  });

  it('does not dial itself, and learns which addresses are its own', () => {
    const { dials, results, resolveTo } = reaching({ own: '10.0.0.9' });
    resolveTo('10.0.0.9', '10.0.0.8');
    expect(dials).toHaveLength(1);
    dials[0]?.answer(failed('self'));
    expect(results).toMatchObject([
      {
        met: [],
        failures: ['self'],
        own: [
          { host: '10.0.0.9', port: 4369 },
          { host: '10.0.0.8', port: 4369 },
        ],
      },
    ]);
  });

  it('is over without a dial when all addresses are its own', () => {
    const { dials, results, resolveTo } = reaching({ own: '10.0.0.9' });
    resolveTo('10.0.0.9');
    expect(dials).toEqual([]);
    expect(results).toEqual([
      { met: [], failures: [], details: [], own: [{ host: '10.0.0.9', port: 4369 }] },
    ]);
  });

  it.each([
    [{ ok: true, addresses: [] }, 'seed.example has no address'],
    [{ ok: false, error: new Error('ENOTFOUND') }, 'ENOTFOUND'],
  ] as const)('is unreachable when the name leads nowhere', (answer, detail) => {
    const { results, resolved } = reaching();
    resolved(answer);
    expect(results).toEqual([{ met: [], failures: ['unreachable'], details: [detail], own: [] }]);
  });

  it('dials some at a time', () => {
    const { dials, results, resolveTo } = reaching({ maxDials: 1 });
    resolveTo('10.0.0.2', '10.0.0.3');
    expect(dials).toHaveLength(1);
    dials[0]?.answer(failed('timeout'));
    expect(dials).toHaveLength(2);
    dials[1]?.answer(met(C));
    expect(results[0]?.met).toEqual([C]);
  });

  it('aborted ends what is under way and says nothing', () => {
    const { dials, results, abort, resolveTo, isCancelled } = reaching();
    resolveTo('10.0.0.2', '10.0.0.3');
    dials[0]?.answer(met(B));
    abort();
    dials[1]?.answer(met(C));
    expect(isCancelled()).toBe(true);
    expect(dials.map(({ isAborted }) => isAborted)).toEqual([false, true]);
    expect(results).toEqual([]);
  });

  it('does not dial in its turn who is not wanted any more, and gives the place on', () => {
    let isWanted = true;
    const { dials, results, resolveTo } = reaching({ maxDials: 1, isWanted: () => isWanted });
    resolveTo('10.0.0.2', '10.0.0.3');
    isWanted = false;
    dials[0]?.answer(failed('refused'));
    expect(dials).toHaveLength(1);
    expect(results).toMatchObject([{ met: [], failures: ['refused', 'unreachable'] }]);
  });

  it('aborted before the name is resolved dials nobody', () => {
    const { dials, abort, resolveTo } = reaching();
    abort();
    resolveTo('10.0.0.2');
    expect(dials).toEqual([]);
  });

  it('of localhost ignores the loopback address nobody listens at, when the other is its own', () => {
    const { dials, results, resolveTo } = reaching({ host: 'localhost', own: '127.0.0.1' });
    resolveTo('127.0.0.1', '::1');
    dials[0]?.answer(failed('refused'));
    expect(results).toMatchObject([{ met: [], failures: [], own: [{ host: '127.0.0.1' }] }]);
  });
});

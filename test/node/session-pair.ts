import type { SessionCause } from '../../src/inspect/events.ts';
import { NodeId } from '../../src/membership/node-id.ts';
import { Channel } from '../../src/node/channel.ts';
import { LinkSet } from '../../src/node/link-set.ts';
import { Session, type SessionLimits } from '../../src/node/session.ts';
import type { Link } from '../../src/ports.ts';
import { createCounters } from '../../src/system/counters.ts';
import { noFaults } from '../../src/system/faults.ts';
import { TestClock } from '../../src/testing/clock.ts';
import { createMemoryNetwork } from '../../src/testing/memory-network.ts';
import type { NodeClock } from '../../src/testing/node-clock.ts';
import { seededRandom } from '../../src/testing/random.ts';
import type { ControlMessage } from '../../src/wire/messages.ts';

export const A = '10.0.0.1';
export const B = '10.0.0.2';

const LIMITS: SessionLimits = {
  maxControlQueueBytes: 262_144,
  maxDataQueueBytes: 16_777_216,
  maxMessageBytes: 1_048_576,
  recordsPerKey: 2 ** 32,
  rekeyIntervalMs: 3_600_000,
  heartbeatIntervalMs: 1_000,
  silenceLimitMs: 3_000,
  phi: null,
};

const noForeign = { toParts: () => null, fromParts: () => undefined };

export const KEYS = { outward: new Uint8Array(32).fill(1), inward: new Uint8Array(32).fill(2) };

export interface End {
  readonly session: Session;
  readonly link: Link;
  readonly clock: NodeClock;
  readonly counters: ReturnType<typeof createCounters>;
  readonly messages: ControlMessage[];
  readonly ends: SessionCause[];
  readonly log: string[];
  /** What the owner does about a message. */
  react: () => void;
}

/** Both ends of one session over a link of one millisecond; `a` has dialled. */
export function sessionPair(limits: Partial<SessionLimits> = {}) {
  const clock = new TestClock();
  const random = seededRandom(1);
  const network = createMemoryNetwork({ clock, random, latencyMs: { min: 1, max: 1 } });
  const [clockA, clockB] = [clock.node(), clock.node()];
  const [hostA, hostB] = [network.host(A, clockA), network.host(B, clockB)];
  const links: Link[] = [];
  hostB.listen(
    { host: B, port: 4369 },
    { listening: () => {}, link: (link) => links.push(link), failed: () => {} },
  );
  hostA.dial({ host: B, port: 4369 }, (dialled) => {
    if (dialled.ok) links.unshift(dialled.link);
  });
  clock.advance(10);
  const [near, far] = links;
  if (!near || !far) throw new Error('the memory network did not connect');

  const end = (link: Link, ownClock: NodeClock, initiator: 'local' | 'remote'): End => {
    const counters = createCounters();
    const messages: ControlMessage[] = [];
    const ends: SessionCause[] = [];
    const log: string[] = [];
    const host = {
      clock: ownClock,
      counters,
      links: new LinkSet(),
      closeTimeoutMs: 1_000,
      failed: (error: unknown) => log.push(`failed ${String(error)}`),
    };
    const idle = { frame: () => false, broken: () => {}, closed: () => {} };
    const keys = { psk: null, features: 0, wire: 1 };
    const session = new Session(
      {
        number: 1,
        peerId: NodeId.parse(initiator === 'local' ? 'b@10.0.0.2:4369' : 'a@10.0.0.1:4369'),
        peerUid: '00'.repeat(16),
        initiator,
        dialled: null,
        isIntroduction: false,
        keys:
          initiator === 'local'
            ? { ...keys, send: KEYS.outward, receive: KEYS.inward }
            : { ...keys, send: KEYS.inward, receive: KEYS.outward },
        secretId: null,
      },
      new Channel(link, 1_024, host, idle),
      {
        confirmed: () => log.push('confirmed'),
        message: (_, message) => {
          log.push(message.type);
          messages.push(message);
          self.react();
        },
        data: () => null,
        over: () => {},
        ended: (_, cause) => ends.push(cause),
      },
      { clock: ownClock, counters, faults: noFaults, foreign: noForeign },
      { ...LIMITS, ...limits },
    );
    const self = { session, link, clock: ownClock, counters, messages, ends, log, react: () => {} };
    return self;
  };
  return { clock, network, a: end(near, clockA, 'local'), b: end(far, clockB, 'remote') };
}

import { expect, test } from 'vitest';
import type { Link, Network } from '../../src/ports.ts';
import { tcpNetwork } from '../../src/transport/tcp.ts';
import { tlsNetwork } from '../../src/transport/tls.ts';

const FLOOD_BYTES = 3 * 1_048_576;
const TURN_BYTES = 131_072;

/** Both ends of a link over real TCP. */
function linked(network: Network): Promise<{ dialled: Link; accepted: Link; close: () => void }> {
  return new Promise((resolve, reject) => {
    let dialled: Link | null = null;
    let accepted: Link | null = null;
    const check = () => {
      const close = () => listener.close(() => {});
      if (dialled && accepted) resolve({ dialled, accepted, close });
    };
    const listener = network.listen(
      { host: '127.0.0.1', port: 0 },
      {
        listening: (at) => {
          network.dial(at, (result) => {
            if (!result.ok) return reject(result.error);
            dialled = result.link;
            check();
          });
        },
        link: (link) => {
          accepted = link;
          check();
        },
        failed: reject,
      },
    );
  });
}

const silent = { drain: () => {}, closed: () => {} };

test.each([
  ['TCP', () => tcpNetwork()],
  ['TLS', () => tlsNetwork({ kind: 'anonymous' })],
] as const)(
  'over %s, whoever sends without a pause does not keep timers and other links waiting',
  async (_, network) => {
    const { dialled, accepted, close } = await linked(network());
    dialled.open({ ...silent, data: () => {} });
    dialled.write(new Uint8Array(FLOOD_BYTES));
    // As much as the system takes is on its way before the first read.
    for (let turn = 0; turn < 20; turn += 1) await new Promise(setImmediate);
    let total = 0;
    let inTurn = 0;
    let mostInTurn = 0;
    const arrived = new Promise<void>((resolve) => {
      accepted.open({
        ...silent,
        data: (chunk) => {
          total += chunk.length;
          inTurn += chunk.length;
          mostInTurn = Math.max(mostInTurn, inTurn);
          if (total === FLOOD_BYTES) resolve();
        },
      });
    });
    const nextTurn = () => {
      inTurn = 0;
      if (total < FLOOD_BYTES) setImmediate(nextTurn);
    };
    nextTurn();
    await arrived;
    expect(mostInTurn).toBeLessThanOrEqual(TURN_BYTES);
    accepted.destroy();
    dialled.destroy();
    close();
  },
);

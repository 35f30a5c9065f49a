import { setImmediate } from 'node:timers/promises';
import type { Network } from '../../src/ports.ts';
import { TestClock } from '../../src/testing/clock.ts';
import { createMemoryNetwork } from '../../src/testing/memory-network.ts';
import { seededRandom } from '../../src/testing/random.ts';
import { tcpNetwork } from '../../src/transport/tcp.ts';
import { tlsNetwork } from '../../src/transport/tls.ts';
import { CertificateAuthority } from '../support/certificate-authority.ts';
import { type NetworkWorld, networkContract } from './network.ts';

function overSockets(network: Network, isEncrypted: boolean): NetworkWorld {
  return {
    near: network,
    far: network,
    farHost: '127.0.0.1',
    isEncrypted,
    until: async (condition) => {
      while (!condition()) await setImmediate();
    },
    // Loopback needs no more than a few turns of the event loop.
    quiet: async () => {
      for (let turn = 0; turn < 200; turn += 1) await setImmediate();
    },
  };
}

networkContract('tcp', () => overSockets(tcpNetwork(), false));

const certificates = new CertificateAuthority().issue('a', 'IP:127.0.0.1');

networkContract('tls with certificates', () =>
  overSockets(tlsNetwork({ kind: 'certificates', certificates }), true),
);

networkContract('tls without certificates', () =>
  overSockets(tlsNetwork({ kind: 'anonymous' }), true),
);

networkContract('memory', () => {
  const clock = new TestClock();
  const network = createMemoryNetwork({ clock, random: seededRandom(1) });
  return {
    near: network.host('10.0.0.1'),
    far: network.host('10.0.0.2'),
    farHost: '10.0.0.2',
    until: async (condition) => {
      while (!condition()) {
        if (!clock.runNext()) throw new Error('nothing is left to happen');
      }
    },
    quiet: async () => {
      while (clock.runNext());
    },
  };
});

import { setImmediate } from 'node:timers/promises';
import { TestClock } from '../../src/testing/clock.ts';
import { createMemoryNetwork } from '../../src/testing/memory-network.ts';
import { seededRandom } from '../../src/testing/random.ts';
import { tcpNetwork } from '../../src/transport/tcp.ts';
import { networkContract } from './network.ts';

networkContract('tcp', () => {
  const network = tcpNetwork();
  return {
    near: network,
    far: network,
    farHost: '127.0.0.1',
    until: async (condition) => {
      while (!condition()) await setImmediate();
    },
    // Loopback needs no more than a few turns of the event loop.
    quiet: async () => {
      for (let turn = 0; turn < 200; turn += 1) await setImmediate();
    },
  };
});

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

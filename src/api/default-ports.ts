/** The machine's own clock, randomness, keys, names and network, for the facade. */
import { advertisedHost } from '../system/advertise.ts';
import { systemClock } from '../system/clock.ts';
import { createCounters } from '../system/counters.ts';
import { noFaults } from '../system/faults.ts';
import { systemKeys } from '../system/keys.ts';
import { systemRandom } from '../system/random.ts';
import { systemResolver } from '../system/resolver.ts';
import { systemSources } from '../system/sources.ts';
import { tcpNetwork } from '../transport/tcp.ts';
import type { ClusterPorts } from './cluster.ts';

export function systemPorts(): ClusterPorts {
  return {
    clock: systemClock,
    random: systemRandom,
    keys: systemKeys,
    resolver: systemResolver,
    network: tcpNetwork(),
    counters: createCounters(),
    faults: noFaults,
    advertise: ({ host: bindHost, advertiseHost, seeds }, done) =>
      advertisedHost({ bindHost, advertiseHost, seeds }, systemSources, done),
    warn: (message, code) => process.emitWarning(message, { code }),
    allowPortZero: false,
  };
}

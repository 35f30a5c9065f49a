/** The machine's own clock, randomness, keys, names and network, for the facade. */

import { Actors } from '../actors/actors.ts';
import type { Behaviors } from '../actors/behaviors.ts';
import type { Advertise } from '../node/node.ts';
import { advertisedHost } from '../system/advertise.ts';
import { systemClock } from '../system/clock.ts';
import { createCounters } from '../system/counters.ts';
import { noFaults } from '../system/faults.ts';
import { systemKeys } from '../system/keys.ts';
import { systemRandom } from '../system/random.ts';
import { systemResolver } from '../system/resolver.ts';
import { systemSources } from '../system/sources.ts';
import { tcpNetwork } from '../transport/tcp.ts';
import { tlsNetwork } from '../transport/tls.ts';
import type { ClusterPorts } from './cluster-ports.ts';

/** A name server that does not answer must not keep the node from listening. */
const MAX_ADVERTISE_MS = 1_000;

const systemAdvertise: Advertise = ({ host: bindHost, advertiseHost, seeds }, done) => {
  let isOver = false;
  const finish = (host: string) => {
    if (isOver) return;
    isOver = true;
    systemClock.clearTimeout(timer);
    done(host);
  };
  const timer = systemClock.setTimeout(
    () => advertisedHost({ bindHost, advertiseHost, seeds: [] }, systemSources, finish),
    MAX_ADVERTISE_MS,
  );
  advertisedHost({ bindHost, advertiseHost, seeds }, systemSources, finish);
};

/** `behaviors`: of the process; a further node has its own. */
export function systemPorts(behaviors?: Behaviors): ClusterPorts {
  const network = tcpNetwork();
  return {
    actors: new Actors(behaviors),
    clock: systemClock,
    random: systemRandom,
    keys: systemKeys,
    resolver: systemResolver,
    network,
    secure: (plain, tls) => (plain === network ? tlsNetwork(tls) : null),
    counters: createCounters(),
    faults: noFaults,
    advertise: systemAdvertise,
    warn: (message, code) => process.emitWarning(message, { code }),
    allowPortZero: false,
  };
}

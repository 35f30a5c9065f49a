import { isIP } from 'node:net';
import type { Resolved, Resolver } from '../ports.ts';
import type { NodeClock } from './node-clock.ts';

/** A name server that answers from a record; IP addresses and localhost need none. */
export function memoryResolver(
  hosts: Readonly<Record<string, readonly string[]>>,
  clock: NodeClock,
  latencyMs: () => number,
): Resolver {
  return {
    resolve: (host, done) => {
      let cancelled = false;
      clock.deliver(
        () => {
          if (!cancelled) done(answer(hosts, host));
        },
        isIP(host) ? 0 : latencyMs(),
      );
      return () => {
        cancelled = true;
      };
    },
  };
}

function answer(hosts: Readonly<Record<string, readonly string[]>>, host: string): Resolved {
  if (isIP(host)) return { ok: true, addresses: [host] };
  const addresses = hosts[host] ?? (host === 'localhost' ? ['127.0.0.1'] : []);
  if (addresses.length > 0) return { ok: true, addresses: [...addresses] };
  const error = Object.assign(new Error(`getaddrinfo ENOTFOUND ${host}`), { code: 'ENOTFOUND' });
  return { ok: false, error };
}

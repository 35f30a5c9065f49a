import { lookup } from 'node:dns';
import { isIP } from 'node:net';
import type { Resolved, Resolver } from '../ports.ts';

const nextTick = process.nextTick.bind(process);

/** The system's resolver, hosts file included; IP addresses are answered without it. */
export const systemResolver: Resolver = {
  resolve: (host, done) => {
    let cancelled = false;
    const answer = (result: Resolved) => {
      if (!cancelled) done(result);
    };
    if (isIP(host)) nextTick(() => answer({ ok: true, addresses: [host] }));
    else lookUp(host, answer);
    return () => {
      cancelled = true;
    };
  },
};

function lookUp(host: string, answer: (result: Resolved) => void): void {
  try {
    lookup(host, { all: true, verbatim: true }, (error, found) => {
      if (error) return answer({ ok: false, error });
      const addresses = [...new Set(found.map(({ address }) => address))];
      if (addresses.length > 0) return answer({ ok: true, addresses });
      answer({ ok: false, error: new Error(`no address for ${host}`) });
    });
  } catch (thrown) {
    // `lookup` throws for hosts that it takes for a wrong argument.
    const error = thrown instanceof Error ? thrown : new Error(String(thrown));
    nextTick(() => answer({ ok: false, error }));
  }
}

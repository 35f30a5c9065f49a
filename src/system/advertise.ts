import { isIPv4, isIPv6 } from 'node:net';
import { isLoopback, isWildcard } from '../membership/host.ts';
import type { Endpoint, Resolver } from '../ports.ts';

export interface AdvertiseInput {
  readonly bindHost: string;
  readonly advertiseHost: string | undefined;
  readonly seeds: readonly Endpoint[];
}

export interface Interface {
  readonly name: string;
  readonly address: string;
  readonly family: 'IPv4' | 'IPv6';
  readonly internal: boolean;
}

export interface AdvertiseSources {
  readonly resolver: Resolver;
  /** The source address the kernel would use towards an IP address; null without a route. */
  routeSource(to: string, done: (address: string | null) => void): void;
  interfaces(): readonly Interface[];
}

/** Documentation addresses (RFC 5737, RFC 3849): only the default route leads there. */
const ANYWHERE_IPV4 = '192.0.2.1';
const ANYWHERE_IPV6 = '2001:db8::1';

/** Interfaces that other machines hardly ever reach: bridges, containers, tunnels. */
const VIRTUAL =
  /^(br|docker|podman|veth|virbr|vmnet|vbox|lxc|lxd|cni|cali|flannel|tun|tap|wg|utun|zt|tailscale|vethernet)/i;

/**
 * The host others are told to dial; never a wildcard. Asks the kernel, not the network, but names
 * of seeds are resolved, one after the other, and nothing here limits the time that takes.
 */
export function advertisedHost(
  input: AdvertiseInput,
  sources: AdvertiseSources,
  done: (host: string) => void,
): void {
  const { bindHost, advertiseHost, seeds } = input;
  const fixed = [advertiseHost, bindHost].find((host) => host !== undefined && !isWildcard(host));
  if (fixed !== undefined) {
    done(fixed);
    return;
  }
  const acceptsIpv6 = isIPv6(bindHost);
  const usable = (address: string) => isIPv4(address) || (acceptsIpv6 && isIPv6(address));
  const anywhere = acceptsIpv6 ? [ANYWHERE_IPV4, ANYWHERE_IPV6] : [ANYWHERE_IPV4];

  firstSource(
    seeds.map(({ host }) => targets(host, usable, sources)),
    (towardsSeed) => {
      if (towardsSeed !== null) return done(towardsSeed);
      firstSource(
        anywhere.map((to) => source(to, sources)),
        (towardsAnywhere) => {
          done(towardsAnywhere ?? ownAddress(sources.interfaces()));
        },
      );
    },
  );
}

type Attempt = (done: (address: string | null) => void) => void;

/** The first answer of attempts made one after the other. */
function firstSource([attempt, ...others]: readonly Attempt[], done: (a: string | null) => void) {
  if (!attempt) {
    done(null);
    return;
  }
  attempt((address) => {
    if (address !== null) done(address);
    else firstSource(others, done);
  });
}

function targets(
  seed: string,
  usable: (address: string) => boolean,
  sources: AdvertiseSources,
): Attempt {
  return (done) => {
    if (isLoopback(seed)) {
      done(null);
      return;
    }
    sources.resolver.resolve(seed, (result) => {
      const addresses = result.ok ? result.addresses : [];
      const outside = addresses.filter((address) => usable(address) && !isLoopback(address));
      firstSource(
        outside.map((to) => source(to, sources)),
        done,
      );
    });
  };
}

function source(to: string, sources: AdvertiseSources): Attempt {
  return (done) => {
    sources.routeSource(to, (address) => {
      done(address !== null && isReachable(address) ? address : null);
    });
  };
}

function ownAddress(interfaces: readonly Interface[]): string {
  const outside = interfaces.find(
    ({ name, address, family, internal }) =>
      family === 'IPv4' && !internal && !VIRTUAL.test(name) && isReachable(address),
  );
  return outside?.address ?? '127.0.0.1';
}

/** By other machines. Link-local addresses mean nothing without the name of an interface. */
function isReachable(address: string): boolean {
  const linkLocal = /^(169\.254\.|fe[89ab])/i.test(address);
  return !linkLocal && !isLoopback(address) && !isWildcard(address);
}

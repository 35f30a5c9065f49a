/** What may stand for a machine: an IPv4 address, an IPv6 address or a host name (RFC 1123). */
import { BlockList, isIPv4, isIPv6 } from 'node:net';

const MAX_HOST_LENGTH = 253;
const LABEL = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/i;

/** Brackets removed when they enclose an IPv6 address, lower-cased: the form ids compare by. */
export function bareHost(text: string): string {
  const inner = text.startsWith('[') && text.endsWith(']') ? text.slice(1, -1) : text;
  return (isIPv6(inner) ? inner : text).toLowerCase();
}

/** Why a host, given without brackets, cannot be used; null when it can. */
export function hostProblem(host: string): string | null {
  if (host === '') return 'host is empty';
  if (host.includes('%')) return 'host must not have an IPv6 zone ("%...")';
  if (isIPv6(host)) return null;
  if (/[[\]:]/.test(host)) return `host ${JSON.stringify(host)} is not an IPv6 address`;
  if (/^[\d.]*\.[\d.]*$/.test(host)) {
    return isIPv4(host) ? null : 'host must be four numbers from 0 to 255 without leading zeros';
  }
  // The system's resolver would read it as an IPv4 address: `0` as the wildcard, say.
  if (/^\d{1,10}$/.test(host)) return 'host must be a name or an IP address, not a number';
  return nameProblem(host);
}

function nameProblem(host: string): string | null {
  if (host.length > MAX_HOST_LENGTH) return `host must have at most ${MAX_HOST_LENGTH} characters`;
  if (host.endsWith('.')) return 'host must not end with a dot';
  if (host.includes('_')) return 'host must not contain an underscore';
  return host.split('.').every((label) => LABEL.test(label))
    ? null
    : 'host must be an IP address, or labels of 1 to 63 letters, digits and inner hyphens';
}

/** For a text in front of a port: IPv6 needs its brackets there. */
export function bracketed(host: string): string {
  return isIPv6(host) ? `[${host}]` : host;
}

export function isLoopback(host: string): boolean {
  const bare = bareHost(host);
  return bare === 'localhost' || bare.endsWith('.localhost') || listed(LOOPBACK, bare);
}

/** Addresses that say "every interface" when listening and nothing at all when dialled. */
export function isWildcard(host: string): boolean {
  return listed(WILDCARD, bareHost(host));
}

const LOOPBACK = new BlockList();
LOOPBACK.addSubnet('127.0.0.0', 8, 'ipv4');
LOOPBACK.addAddress('::1', 'ipv6');

const WILDCARD = new BlockList();
WILDCARD.addAddress('0.0.0.0', 'ipv4');
WILDCARD.addAddress('::', 'ipv6');

/** By value, so that every spelling of an IPv6 address counts, IPv4-mapped ones too. */
function listed(list: BlockList, host: string): boolean {
  if (isIPv4(host)) return list.check(host, 'ipv4');
  return isIPv6(host) && list.check(host, 'ipv6');
}

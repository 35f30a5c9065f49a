/** Where to dial. An address never says who is there; only the handshake does. */
import { InvalidNodeIdError } from '../errors.ts';
import type { Endpoint } from '../ports.ts';
import { bareHost, bracketed, hostProblem } from './host.ts';
import { nodeNameProblem } from './node-name.ts';

export { isLoopback, isWildcard } from './host.ts';

export interface Seed {
  /** Who is expected there, or null for whoever answers. */
  readonly name: string | null;
  readonly host: string;
  readonly port: number;
  /** `name@host:port` or `host:port`, canonical: equal seeds have equal texts. */
  readonly text: string;
}

/** `Endpoint`, or the reason why the text is none. */
export function readAddress(text: string): Endpoint | string {
  const colon = text.lastIndexOf(':');
  // A colon inside the brackets, or one of an IPv6 address without them, separates no port.
  if (colon < 0 || text.endsWith(']')) return 'has no port: expected host:port';
  const hostText = text.slice(0, colon);
  if (hostText.includes(':') && !hostText.startsWith('[')) {
    return 'an IPv6 host must be in brackets, like [::1]:4369';
  }
  const host = bareHost(hostText);
  const problem = hostProblem(host);
  if (problem !== null) return problem;
  const port = readPort(text.slice(colon + 1));
  return port === null ? PORT_RULE : { host, port };
}

const PORT_RULE = 'port must be an integer from 1 to 65535, in decimal digits without leading zero';

function readPort(text: string): number | null {
  if (!/^[1-9]\d{0,4}$/.test(text)) return null;
  const port = Number(text);
  return port <= 65_535 ? port : null;
}

export function parseAddress(text: string): Endpoint {
  const read = readAddress(text);
  if (typeof read === 'string') throw new InvalidNodeIdError(text, read);
  return read;
}

export function formatAddress(address: Endpoint): string {
  return `${bracketed(address.host)}:${address.port}`;
}

/** Accepts `name@host:port` and `host:port`. */
export function parseSeed(text: string): Seed {
  if (typeof text !== 'string') throw new InvalidNodeIdError(text, 'must be a string');
  const at = text.indexOf('@');
  const name = at < 0 ? null : text.slice(0, at);
  const nameProblem = name === null ? null : nodeNameProblem(name);
  if (nameProblem !== null) throw new InvalidNodeIdError(text, nameProblem);
  const read = readAddress(text.slice(at + 1));
  if (typeof read === 'string') throw new InvalidNodeIdError(text, read);
  const address = formatAddress(read);
  return { name, ...read, text: name === null ? address : `${name}@${address}` };
}

/** Who a node is: `name@host:port`, canonical, so that equal nodes have equal strings. */
import { InvalidNodeIdError } from '../errors.ts';
import { FIXED } from '../limits.ts';
import { formatAddress, readAddress } from './address.ts';
import { bareHost, bracketed } from './host.ts';
import { nodeNameProblem } from './node-name.ts';

declare const brand: unique symbol;
export type NodeId = string & { readonly [brand]: 'NodeId' };

export interface NodeIdComponents {
  readonly name: string;
  /** Without brackets, lower-cased. */
  readonly host: string;
  readonly port: number;
}

/** The components, or the reason why there are none. */
function read(value: unknown): NodeIdComponents | string {
  if (typeof value !== 'string') return 'must be a string like name@host:port';
  if (value === '') return 'is empty: expected name@host:port';
  if (value.length > FIXED.maxNodeIdBytes) {
    return `must have at most ${FIXED.maxNodeIdBytes} characters`;
  }
  const at = value.indexOf('@');
  if (at < 0) return 'has no "@": expected name@host:port';
  const name = value.slice(0, at);
  const nameProblem = nodeNameProblem(name);
  if (nameProblem !== null) return nameProblem;
  const address = readAddress(value.slice(at + 1));
  return typeof address === 'string' ? address : { name, ...address };
}

function format(parts: NodeIdComponents): NodeId {
  return `${parts.name}@${formatAddress(parts)}` as NodeId;
}

function components(id: string): NodeIdComponents {
  const parts = read(id);
  if (typeof parts === 'string') throw new InvalidNodeIdError(id, parts);
  return parts;
}

/** True for canonical texts only: `App@HOST:1` can be parsed, but is not yet a NodeId. */
export function isNodeId(value: unknown): value is NodeId {
  return typeof value === 'string' && NodeId.tryParse(value) === value;
}

export const NodeId = {
  parse(value: unknown): NodeId {
    const parts = read(value);
    if (typeof parts === 'string') throw new InvalidNodeIdError(value, parts);
    return format(parts);
  },

  tryParse(value: unknown): NodeId | undefined {
    const parts = read(value);
    return typeof parts === 'string' ? undefined : format(parts);
  },

  /** An IPv6 host may come with or without brackets. */
  create(name: string, host: string, port: number): NodeId {
    return NodeId.parse(`${name}@${bracketed(bareHost(host))}:${port}`);
  },

  isValid(value: unknown): boolean {
    return typeof read(value) !== 'string';
  },

  /** Of any text that can be parsed; these four throw InvalidNodeIdError for others. */
  components,
  getName: (id: string): string => components(id).name,
  getHost: (id: string): string => components(id).host,
  getPort: (id: string): number => components(id).port,
  equals: (a: NodeId, b: NodeId): boolean => a === b,
  toString: (id: NodeId): string => id,
};

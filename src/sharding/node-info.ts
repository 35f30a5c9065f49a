/** What a node says of itself to whoever asks it, before any handler of the user. */
import { InvalidPayloadError } from '../errors/handlers.ts';

export const NODE_INFO_TYPE = 'clstr.node.info';

export interface ShardNodeInfo {
  readonly nodeId: string;
  /** Ascending. */
  readonly shards: readonly number[];
}

export function writeNodeInfo({ nodeId, shards }: ShardNodeInfo): Uint8Array {
  return Buffer.from(JSON.stringify({ node_id: nodeId, shards }));
}

/** @throws InvalidPayloadError */
export function readNodeInfo(data: Uint8Array): ShardNodeInfo {
  const { node_id: nodeId, shards } = parsed(data);
  const isShard = (value: unknown): value is number => Number.isInteger(value);
  if (typeof nodeId === 'string' && Array.isArray(shards) && shards.every(isShard)) {
    return { nodeId, shards };
  }
  throw new InvalidPayloadError('output', NODE_INFO_TYPE, 'it holds no node id and shards');
}

function parsed(data: Uint8Array): { readonly node_id?: unknown; readonly shards?: unknown } {
  try {
    return Object(JSON.parse(Buffer.from(data).toString()));
  } catch {
    return {};
  }
}

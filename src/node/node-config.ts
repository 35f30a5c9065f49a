import type { Limits } from '../limits.ts';
import type { Seed } from '../membership/address.ts';

/** The configuration of a node, checked and complete. */
export interface NodeConfig {
  readonly nodeName: string;
  readonly host: string;
  readonly port: number;
  readonly advertiseHost: string | undefined;
  readonly advertisePort: number | undefined;
  readonly seeds: readonly Seed[];
  readonly clusterName: string;
  readonly secrets: readonly Uint8Array[];
  readonly heartbeatIntervalMs: number;
  readonly heartbeatMissThreshold: number;
  readonly reconnectBaseDelayMs: number;
  readonly reconnectMaxDelayMs: number;
  readonly joinTimeoutMs: number;
  readonly leaveTimeoutMs: number;
  readonly limits: Limits;
}

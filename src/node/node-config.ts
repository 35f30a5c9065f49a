import type { Limits } from '../limits.ts';
import type { Seed } from '../membership/address.ts';
import type { PhiOptions } from '../membership/phi.ts';

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
  /** Whether the nodeUp of a node that comes and goes is held back. */
  readonly flapDamping: boolean;
  /** Null: the silence limit T alone decides. */
  readonly phiAccrual: PhiOptions | null;
  readonly limits: Limits;
}

/** What `Cluster.start` accepts, and what the node is built from. */
import * as v from 'valibot';
import { InvalidClusterConfigError, preview } from '../errors.ts';
import type { Limits } from '../limits.ts';
import type { Seed } from '../membership/address.ts';
import type { PhiOptions } from '../membership/phi.ts';
import type { Logger } from '../ports.ts';
import type { TlsSettings } from '../transport/tls-settings.ts';
import {
  CONFIG_SCHEMA,
  type Inspector,
  LIMIT_NAMES,
  MAX_TIMER_MS,
  portOrZero,
} from './config-schema.ts';
import { parseTls, type TlsOptions } from './tls-config.ts';
import { refuseUnknown } from './unknown-option.ts';

export type { Inspector } from './config-schema.ts';
export type { Pem, TlsOptions } from './tls-config.ts';

export type Secret = string | Uint8Array;

/** Options that are missing or undefined have their defaults. */
export interface ClusterConfig {
  /** The name in `name@host:port`. */
  readonly nodeName: string;
  /** Address to bind to. Default '0.0.0.0', every IPv4 interface. */
  readonly host?: string | undefined;
  /** Default 4369. */
  readonly port?: number | undefined;
  /** Where others may be found: `name@host:port` or `host:port`. Blank ones are skipped. */
  readonly seeds?: readonly string[] | undefined;
  /** The same on all nodes. Of several the first is used; all are accepted, for rotation. */
  readonly clusterSecret?: Secret | readonly Secret[] | undefined;
  /** Default 5,000. Times the threshold, it is the silence after which a node is down. */
  readonly heartbeatIntervalMs?: number | undefined;
  /** Default 3. With 1, a single late heartbeat takes a node down. */
  readonly heartbeatMissThreshold?: number | undefined;
  /** Default 1,000. Before the second dial at most this, then twice as much each time. */
  readonly reconnectBaseDelayMs?: number | undefined;
  /** Default 30,000. */
  readonly reconnectMaxDelayMs?: number | undefined;
  /** Where others reach this node, when that is not the bound address (NAT, containers). */
  readonly advertiseHost?: string | undefined;
  readonly advertisePort?: number | undefined;
  /**
   * True: encrypted, and as safe as `clusterSecret`. With key, cert and ca: mutual TLS. The same
   * on all nodes; those with and those without refuse each other. Default: plain TCP.
   */
  readonly tls?: boolean | TlsOptions | undefined;
  /** Default 'default'. Nodes of differently named clusters refuse each other. */
  readonly clusterName?: string | undefined;
  /** Default 3,000. `start` waits no longer for the seeds. */
  readonly joinTimeoutMs?: number | undefined;
  /** Default 2,000. `stop` takes no longer. */
  readonly leaveTimeoutMs?: number | undefined;
  /**
   * Default true: the nodeUp of a node that went up or down more than five times in a minute is
   * told after 1, 2, 4 ... 60 s, if it is still there. Queries and `connectedNodes$` do not wait.
   */
  readonly flapDamping?: boolean | undefined;
  /**
   * Default false. Replaces the silence limit by one learned from how regularly each peer's
   * heartbeats arrive: mean + `acceptablePauseMs` (3,000) + a few standard deviations, of at
   * least `minStdDevMs` (100), until phi reaches `threshold` (8, from 1 to 16).
   */
  readonly phiAccrual?: boolean | Partial<PhiOptions> | undefined;
  readonly logger?: Logger | undefined;
  /** Receives the inspection events of every chart, as XState's own `inspect` does. */
  readonly inspect?: Inspector | undefined;
  readonly limits?: { readonly [K in keyof Limits]?: number | undefined } | undefined;
}

/** Checked, canonical and filled in. */
export interface ResolvedConfig {
  readonly nodeName: string;
  /** Without brackets. */
  readonly host: string;
  readonly port: number;
  readonly seeds: readonly Seed[];
  /** UTF-8; the first signs. None: the cluster is open. */
  readonly secrets: readonly Uint8Array[];
  readonly heartbeatIntervalMs: number;
  readonly heartbeatMissThreshold: number;
  readonly reconnectBaseDelayMs: number;
  readonly reconnectMaxDelayMs: number;
  /** Undefined: found out when the node starts. */
  readonly advertiseHost: string | undefined;
  /** Undefined: the bound port. */
  readonly advertisePort: number | undefined;
  /** Null: plain TCP. */
  readonly tls: TlsSettings | null;
  readonly clusterName: string;
  readonly joinTimeoutMs: number;
  readonly leaveTimeoutMs: number;
  readonly flapDamping: boolean;
  /** Null: the silence limit alone decides. */
  readonly phiAccrual: PhiOptions | null;
  readonly logger: Logger | undefined;
  readonly inspect: Inspector | undefined;
  readonly limits: Limits;
}

export interface ParseOptions {
  readonly allowPortZero?: boolean;
}

const OPTION_NAMES = [...Object.keys(CONFIG_SCHEMA), 'tls'];

const SCHEMA = v.object(CONFIG_SCHEMA);
const SCHEMA_WITH_PORT_ZERO = v.object({ ...CONFIG_SCHEMA, port: portOrZero });

/** Throws InvalidClusterConfigError, whose reason names the option, its value and the rule. */
export function parseConfig(input: unknown, options: ParseOptions = {}): ResolvedConfig {
  if (!isOptionsObject(input)) {
    throw new InvalidClusterConfigError(`expected an options object, got ${preview(input)}`);
  }
  refuseUnknown('option', Object.keys(input), OPTION_NAMES);
  const limits: unknown = Reflect.get(input, 'limits');
  if (isOptionsObject(limits)) refuseUnknown('limit', Object.keys(limits), LIMIT_NAMES);

  // Read by name, so that inherited options and getters count and a missing one is undefined.
  const values = Object.fromEntries(OPTION_NAMES.map((name) => [name, Reflect.get(input, name)]));
  const schema = options.allowPortZero === true ? SCHEMA_WITH_PORT_ZERO : SCHEMA;
  const parsed = v.safeParse(schema, values, { abortEarly: true });
  if (!parsed.success) throw new InvalidClusterConfigError(reasonOf(parsed.issues[0]));

  const { clusterSecret, advertiseHost, advertisePort, logger, inspect, ...rest } = parsed.output;
  const tls = parseTls(Reflect.get(input, 'tls'));
  const config = { ...rest, tls, secrets: clusterSecret ?? [] };
  const resolved = { ...config, advertiseHost, advertisePort, logger, inspect };
  refuseContradictions(resolved);
  return resolved;
}

const SECRETS_SCHEMA = v.object({ clusterSecret: CONFIG_SCHEMA.clusterSecret.wrapped });

/** The rules of `clusterSecret` alone, for a change of secrets. */
export function parseSecrets(input: unknown): readonly Uint8Array[] {
  const parsed = v.safeParse(SECRETS_SCHEMA, { clusterSecret: input }, { abortEarly: true });
  if (!parsed.success) throw new InvalidClusterConfigError(reasonOf(parsed.issues[0]));
  return parsed.output.clusterSecret;
}

function isOptionsObject(input: unknown): input is object {
  return typeof input === 'object' && input !== null && !Array.isArray(input);
}

function refuseContradictions(config: ResolvedConfig): void {
  const { reconnectBaseDelayMs: base, reconnectMaxDelayMs: max } = config;
  if (base > max) {
    throw new InvalidClusterConfigError(
      `reconnectBaseDelayMs must not exceed reconnectMaxDelayMs, got ${base} and ${max}`,
    );
  }
  const { heartbeatIntervalMs: interval, heartbeatMissThreshold: threshold } = config;
  if (interval * threshold > MAX_TIMER_MS) {
    throw new InvalidClusterConfigError(
      `heartbeatIntervalMs x heartbeatMissThreshold must be at most ${MAX_TIMER_MS}, ` +
        `got ${interval} x ${threshold}`,
    );
  }
}

function reasonOf(issue: v.BaseIssue<unknown>): string {
  const keys = issue.path?.map((item) => item.key) ?? [];
  const field = keys
    .map((key, index) => (typeof key === 'number' ? `[${key}]` : `${index > 0 ? '.' : ''}${key}`))
    .join('');
  // A secret is named by its place alone: errors end up in logs.
  if (keys[0] === 'clusterSecret') return `${field} ${issue.message}`;
  const advice = Number.isNaN(issue.input) ? ' (a text without digits, made a number)' : '';
  return `${field} ${issue.message}, got ${preview(issue.input)}${advice}`;
}

import { FIXED } from '../limits.ts';
import { isLoopback } from '../membership/address.ts';
import type { ResolvedConfig } from './config.ts';

export interface ConfigWarning {
  readonly code: string;
  readonly message: string;
}

/** What is allowed but probably not meant. */
export function warningsFor(config: ResolvedConfig): ConfigWarning[] {
  const warnings: ConfigWarning[] = [];
  const isOpen = config.secrets.length === 0 && config.tls?.kind !== 'certificates';
  if (isOpen && !isLoopback(config.host)) {
    warnings.push({
      code: 'CHARTMESH_NO_SECRET',
      message: `the node listens on ${config.host} without a clusterSecret: whoever can reach the port can join. Set clusterSecret, or bind to 127.0.0.1`,
    });
  }
  if (isOpen && config.tls) {
    warnings.push({
      code: 'CHARTMESH_TLS_NO_SECRET',
      message:
        'tls is true without a clusterSecret: whoever is on the way can read and change everything, unnoticed. Set clusterSecret, or give tls a key, cert and ca',
    });
  }
  warnings.push(...weakSecrets(config.secrets));
  if (config.heartbeatMissThreshold === 1) {
    warnings.push({
      code: 'CHARTMESH_THRESHOLD_ONE',
      message: 'heartbeatMissThreshold is 1: one late heartbeat takes a node down',
    });
  }
  return warnings;
}

export function weakSecrets(secrets: readonly Uint8Array[]): ConfigWarning[] {
  if (secrets.every((secret) => secret.length >= FIXED.weakSecretBytes)) return [];
  const message = `a clusterSecret is shorter than ${FIXED.weakSecretBytes} bytes and can be guessed`;
  return [{ code: 'CHARTMESH_WEAK_SECRET', message }];
}

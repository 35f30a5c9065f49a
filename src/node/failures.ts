import type { ConnectReason } from '../errors.ts';

/** Of several failures the one that tells the operator most comes first. */
const BY_NEWS: readonly ConnectReason[] = [
  'auth',
  'certificate',
  'plaintext',
  'cluster_name',
  'version',
  'name_conflict',
  'wrong_peer',
  'leaving',
  'stale',
  'busy',
  'protocol',
  'timeout',
  'refused',
  'unreachable',
  'already_connected',
  'self',
];

export function mostTelling(failures: readonly ConnectReason[]): ConnectReason | null {
  return BY_NEWS.find((reason) => failures.includes(reason)) ?? null;
}

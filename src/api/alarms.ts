/**
 * Refusals that leave a node alone although it runs. `events$` and the logger have them all; each
 * reason is also said once per start where nobody can miss it.
 */
import type { ConnectReason } from '../errors.ts';
import type { ClusterEvent } from '../inspect/events.ts';
import { describe } from './log.ts';

const ALARMING: ReadonlySet<ConnectReason> = new Set([
  'auth',
  'certificate',
  'plaintext',
  'cluster_name',
  'version',
  'name_conflict',
]);

export class Alarms {
  readonly #warn: (message: string, code: string) => void;
  readonly #said = new Set<ConnectReason>();

  constructor(warn: (message: string, code: string) => void) {
    this.#warn = warn;
  }

  reset(): void {
    this.#said.clear();
  }

  see(event: ClusterEvent): void {
    if (event.type !== 'peer.refused' || event.direction !== 'outbound') return;
    if (!ALARMING.has(event.reason) || this.#said.has(event.reason)) return;
    this.#said.add(event.reason);
    this.#warn(`this node may stay alone: ${describe(event)}`, 'CHARTMESH_REFUSED');
  }
}

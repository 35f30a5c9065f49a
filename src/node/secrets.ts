import { createHash } from 'node:crypto';
import type { Keys } from '../ports.ts';

/** How many sessions one secret has proven. */
export interface SecretUse {
  /** Its place in `clusterSecret` or `setSecrets`; null for all that are accepted no more. */
  readonly index: number | null;
  readonly sessions: number;
}

/** The accepted secrets, stretched. The first one signs, all of them are accepted. */
export class SecretRing {
  readonly #keys: Keys;
  readonly #clusterName: string;
  #psks: readonly Uint8Array[] = [];
  #ids: readonly string[] = [];

  constructor(keys: Keys, clusterName: string, secrets: readonly Uint8Array[]) {
    this.#keys = keys;
    this.#clusterName = clusterName;
    this.replace(secrets);
  }

  get psks(): readonly Uint8Array[] {
    return this.#psks;
  }

  accepts(id: string | null): boolean {
    return id === null ? this.#ids.length === 0 : this.#ids.includes(id);
  }

  isPreferred(id: string | null): boolean {
    return id === (this.#ids[0] ?? null);
  }

  /** One row for each accepted secret, in order; one more while sessions live on retired ones. */
  use(sessions: Iterable<{ readonly secretId: string | null }>): readonly SecretUse[] {
    const counts = this.#ids.map(() => 0);
    let retired = 0;
    for (const { secretId } of sessions) {
      const index = secretId === null ? -1 : this.#ids.indexOf(secretId);
      if (index < 0) retired += 1;
      else counts[index] = (counts[index] ?? 0) + 1;
    }
    const rows = counts.map((count, index) => ({ index, sessions: count }));
    return retired > 0 && rows.length > 0 ? [...rows, { index: null, sessions: retired }] : rows;
  }

  replace(secrets: readonly Uint8Array[]): void {
    this.#psks = secrets.map((secret) => this.#keys.stretch(secret, this.#clusterName));
    this.#ids = this.#psks.map(secretIdOf);
  }
}

/** Names a stretched secret without telling it. */
export function secretIdOf(psk: Uint8Array): string {
  return createHash('sha256').update(psk).digest('hex').slice(0, 16);
}

import { createHash } from 'node:crypto';
import type { Keys } from '../ports.ts';

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

  /** Names the secret at an index without telling it; null without a secret. */
  idAt(index: number): string | null {
    return this.#ids[index] ?? null;
  }

  accepts(id: string | null): boolean {
    return id === null ? this.#ids.length === 0 : this.#ids.includes(id);
  }

  isPreferred(id: string | null): boolean {
    return id === (this.#ids[0] ?? null);
  }

  replace(secrets: readonly Uint8Array[]): void {
    this.#psks = secrets.map((secret) => this.#keys.stretch(secret, this.#clusterName));
    this.#ids = this.#psks.map((psk) =>
      createHash('sha256').update(psk).digest('hex').slice(0, 16),
    );
  }
}

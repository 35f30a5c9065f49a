import type { MemoryHost, MemoryListener } from './memory-host.ts';
import type { PathEnd } from './memory-path.ts';
import type { ReadPace } from './read-pace.ts';

const FIRST_EPHEMERAL_PORT = 49_152;

/** What the processes at one IP address share. */
export class MemoryMachine implements PathEnd {
  readonly address: string;
  readonly processes = new Set<MemoryHost>();
  readonly listeners = new Map<number, MemoryListener>();
  /** False until the first process: an address that leads nowhere. */
  isKnown = false;
  isPowered = true;
  pace: ReadPace | null = null;
  #nextPort = FIRST_EPHEMERAL_PORT;

  constructor(address: string) {
    this.address = address;
  }

  get linkCount(): number {
    let count = 0;
    for (const { links } of this.processes) count += links.size;
    return count;
  }

  bind(listener: MemoryListener, wanted: number): number | null {
    const port = wanted === 0 ? this.ephemeralPort() : wanted;
    if (!this.isKnown || this.listeners.has(port)) return null;
    this.listeners.set(port, listener);
    return port;
  }

  unbind(listener: MemoryListener, port: number): void {
    if (this.listeners.get(port) === listener) this.listeners.delete(port);
  }

  ephemeralPort(): number {
    const port = this.#nextPort;
    this.#nextPort = port === 65_535 ? FIRST_EPHEMERAL_PORT : port + 1;
    return this.listeners.has(port) ? this.ephemeralPort() : port;
  }
}

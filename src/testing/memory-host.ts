import type { Dialled, Endpoint, Listener, ListenHandlers, Network } from '../ports.ts';
import { linkPair, type MemoryLink } from './memory-link.ts';
import type { Path } from './memory-path.ts';
import type { NodeClock } from './node-clock.ts';
import type { ReadPace } from './read-pace.ts';

/** What a host asks of the network around it. */
export interface Surroundings {
  path(from: string, to: string): Path;
  /** Runs at the other host's kernel, which a frozen process does not stop. */
  later(run: () => void, delayMs: number): void;
  /** The host's listeners; null when no such host exists. */
  listeners(host: string): ReadonlyMap<number, MemoryListener> | null;
  bind(listener: MemoryListener, host: string, port: number): number | null;
  unbind(listener: MemoryListener, host: string, port: number): void;
  ephemeralPort(host: string): number;
  pace(host: string): ReadPace | null;
}

/** Linux: a SYN is sent again after 1 s, 2 s, 4 s, ..., and given up after two minutes. */
const SYN_WAIT_MS = 1_000;
const SYN_REPEATS = 6;

/** One process on a simulated machine. */
export class MemoryHost implements Network {
  readonly address: string;
  readonly clock: NodeClock;
  readonly links = new Set<MemoryLink>();
  readonly #around: Surroundings;
  readonly #listeners = new Set<MemoryListener>();
  #up = true;

  constructor(address: string, clock: NodeClock, around: Surroundings) {
    this.address = address;
    this.clock = clock;
    this.#around = around;
  }

  dial(to: Endpoint, done: (result: Dialled) => void): () => void {
    const target = isLoopback(to.host) ? this.address : to.host;
    const there = this.#around.path(this.address, target);
    const back = this.#around.path(target, this.address);
    let over = false;
    let link: MemoryLink | null = null;
    const answer = (result: Dialled) => {
      this.clock.deliver(() => {
        if (over || !this.#up) return;
        over = true;
        // The other end may have accepted before its answer was lost, and be gone since.
        if (!result.ok) link?.destroy();
        done(result);
      });
    };
    const send = (attempt: number) => {
      if (over || !this.#up) return;
      const repeat = () => {
        this.#around.later(
          () => {
            if (attempt < SYN_REPEATS) send(attempt + 1);
            else answer(failed('unreachable', 'ETIMEDOUT', to));
          },
          SYN_WAIT_MS * 2 ** attempt,
        );
      };
      there.carry(0, () => arrive(repeat), repeat);
    };
    const arrive = (repeat: () => void) => {
      if (over || !this.#up) return;
      const listener = this.#around.listeners(target)?.get(to.port);
      if (!listener)
        return back.carry(0, () => answer(failed('refused', 'ECONNREFUSED', to)), repeat);
      link ??= this.#establish(to, target, listener, there, back);
      const result = { ok: true, link } as const;
      back.carry(0, () => answer(result), repeat);
    };
    if (this.#around.listeners(target)) send(0);
    else {
      const result = failed('unreachable', 'EHOSTUNREACH', to);
      this.#around.later(() => answer(result), there.latencyMs());
    }
    return () => {
      if (over) return;
      over = true;
      link?.destroy();
    };
  }

  listen(at: Endpoint, handlers: ListenHandlers): Listener {
    const listener = new MemoryListener(this, handlers, this.#around);
    this.#listeners.add(listener);
    listener.bind(at, at.host === this.address || isWildcard(at.host) || isLoopback(at.host));
    return listener;
  }

  /** It is closed: nothing of what it held is kept. */
  forget(listener: MemoryListener): void {
    this.#listeners.delete(listener);
  }

  /** The process ends; with `reset` its kernel tells the others. */
  down(reset: boolean): void {
    this.#up = false;
    for (const listener of [...this.#listeners]) listener.stop();
    for (const link of this.links) link.abandon(reset);
    this.links.clear();
  }

  get up(): boolean {
    return this.#up;
  }

  #establish(
    to: Endpoint,
    target: string,
    listener: MemoryListener,
    there: Path,
    back: Path,
  ): MemoryLink {
    const local = { host: this.address, port: this.#around.ephemeralPort(this.address) };
    const other = listener.owner;
    const [near, far] = linkPair(
      {
        local,
        remote: to,
        clock: this.clock,
        pace: () => this.#around.pace(this.address),
        gone: (link) => this.links.delete(link),
      },
      {
        local: { host: target, port: to.port },
        remote: local,
        clock: other.clock,
        pace: () => this.#around.pace(target),
        gone: (link) => other.links.delete(link),
      },
      there,
      back,
    );
    this.links.add(near);
    other.links.add(far);
    other.clock.deliver(() => listener.accept(far));
    return near;
  }
}

export class MemoryListener implements Listener {
  readonly owner: MemoryHost;
  readonly #handlers: ListenHandlers;
  readonly #around: Surroundings;
  #port: number | null = null;
  #open = true;

  constructor(owner: MemoryHost, handlers: ListenHandlers, around: Surroundings) {
    this.owner = owner;
    this.#handlers = handlers;
    this.#around = around;
  }

  bind(at: Endpoint, own: boolean): void {
    const port = own && this.owner.up ? this.#around.bind(this, this.owner.address, at.port) : null;
    this.#port = port;
    this.owner.clock.deliver(() => {
      if (!this.#open) return;
      if (port !== null) return this.#handlers.listening({ host: at.host, port });
      const code = own ? 'EADDRINUSE' : 'EADDRNOTAVAIL';
      const where = `${at.host}:${at.port}`;
      this.#handlers.failed(Object.assign(new Error(`listen ${code}: ${where}`), { code }));
    });
  }

  accept(link: MemoryLink): void {
    if (!this.#open) link.destroy();
    else if (this.owner.links.has(link)) this.#handlers.link(link);
  }

  stop(): void {
    this.#open = false;
    this.owner.forget(this);
    if (this.#port !== null) this.#around.unbind(this, this.owner.address, this.#port);
    this.#port = null;
  }

  close(done: () => void): void {
    this.stop();
    this.owner.clock.deliver(done);
  }
}

function failed(failure: 'refused' | 'unreachable', code: string, to: Endpoint): Dialled {
  const error = Object.assign(new Error(`connect ${code} ${to.host}:${to.port}`), { code });
  return { ok: false, failure, error };
}

function isLoopback(host: string): boolean {
  return host === '::1' || host.startsWith('127.');
}

function isWildcard(host: string): boolean {
  return host === '0.0.0.0' || host === '::';
}

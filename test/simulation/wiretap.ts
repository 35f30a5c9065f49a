/** Between a process and its network: hears when records come in, and may meddle with them. */
import type { Clock, Dialled, Endpoint, Link, ListenHandlers, Network } from '../../src/ports.ts';
import type { WireEntry } from '../../src/wire/messages.ts';
import { TappedLink } from './tapped-link.ts';

export interface TapListener {
  /** The node asks where a host is: a dial begins. */
  resolving(host: string): void;
  /** The node is about to dial. */
  dialling(to: Endpoint): void;
  /** One of its links has come to be. */
  opened(link: TappedLink): void;
  /** The process tells of somebody who is dead, as seen while `isDecoding`. */
  tombstone(entry: WireEntry): void;
  /** A session speaks on after another one has taken its place. */
  relapsed(link: TappedLink): void;
}

export interface TapRules {
  /** Of each record. */
  readonly tagBytes: number;
  /** Bytes that may wait for a link before something more is written. */
  readonly maxQueueBytes: number;
}

export class Wiretap implements Network {
  readonly #inner: Network;
  readonly #clock: Clock;
  readonly #listener: TapListener;
  readonly #tagBytes: number;
  readonly #maxQueueBytes: number;
  readonly links = new Set<TappedLink>();
  /** Whose bytes are being read right now. */
  reading: TappedLink | null = null;
  /** Dials that TCP has not answered. */
  openDials = 0;
  isDecoding = false;
  #latest: { readonly link: TappedLink | null; readonly chunk: Uint8Array | null } = {
    link: null,
    chunk: null,
  };

  constructor(inner: Network, clock: Clock, listener: TapListener, rules: TapRules) {
    this.#inner = inner;
    this.#clock = clock;
    this.#tagBytes = rules.tagBytes;
    this.#maxQueueBytes = rules.maxQueueBytes;
    this.#listener = listener;
  }

  /** Of the last heartbeat sent while `isDecoding`. */
  digest: string | null = null;
  digestSinceMs = 0;

  dial(to: Endpoint, done: (result: Dialled) => void): () => void {
    this.#listener.dialling(to);
    // Whoever has just answered, with a refusal that is worth another try, is no unanswered dial.
    let isOpen = this.reading?.dialled?.host !== to.host;
    if (isOpen) this.openDials += 1;
    const end = () => {
      if (isOpen) this.openDials -= 1;
      isOpen = false;
    };
    const abort = this.#inner.dial(to, (result) => {
      end();
      done(result.ok ? { ok: true, link: this.#tap(result.link, to) } : result);
    });
    return () => {
      end();
      abort();
    };
  }

  listen(at: Endpoint, handlers: ListenHandlers) {
    return this.#inner.listen(at, {
      listening: (bound) => handlers.listening(bound),
      failed: (error) => handlers.failed(error),
      link: (link) => handlers.link(this.#tap(link, null)),
    });
  }

  to(address: string): readonly TappedLink[] {
    return [...this.links].filter(({ remote }) => remote.host === address);
  }

  #tap(inner: Link, dialled: Endpoint | null): TappedLink {
    const tapped = new TappedLink(inner, {
      dialled,
      clock: this.#clock,
      tagBytes: this.#tagBytes,
      maxQueueBytes: this.#maxQueueBytes,
      isDecoding: () => this.isDecoding,
      digest: (digest) => {
        if (digest !== this.digest) this.digestSinceMs = this.#clock.now();
        this.digest = digest;
      },
      reading: (link) => {
        this.reading = link;
      },
      heard: (link, chunk) => {
        // Of the latest two, one is another link's, soon enough.
        if (this.#tagBytes > 0 && this.#latest.link !== link) this.#latest = { link, chunk };
      },
      foreign: (link) => (this.#latest.link === link ? null : this.#latest.chunk),
      tombstone: (entry) => this.#listener.tombstone(entry),
      relapsed: (link) => this.#listener.relapsed(link),
      closed: (link) => {
        this.links.delete(link);
      },
    });
    this.links.add(tapped);
    this.#listener.opened(tapped);
    return tapped;
  }
}

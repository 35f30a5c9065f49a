import type { Endpoint, Link, LinkHandlers } from '../ports.ts';
import type { Path } from './memory-path.ts';
import { Pipe, type Receiver, type Sender } from './memory-pipe.ts';
import type { NodeClock } from './node-clock.ts';
import type { ReadPace } from './read-pace.ts';

/** Above this a writer is asked to wait. */
const HIGH_WATER_BYTES = 65_536;

export interface MemoryLinkInput {
  readonly remote: Endpoint;
  readonly local: Endpoint;
  readonly clock: NodeClock;
  /** How fast the machine reads at present. */
  readonly pace: () => ReadPace | null;
  /** The link is over on this end. */
  readonly gone: (link: MemoryLink) => void;
}

/** Both ends of a new connection; `there` leads from the first to the second. */
export function linkPair(
  near: MemoryLinkInput,
  far: MemoryLinkInput,
  there: Path,
  back: Path,
): [MemoryLink, MemoryLink] {
  const nearLink = new MemoryLink(near);
  const farLink = new MemoryLink(far);
  const outward = new Pipe(there, back, nearLink, farLink);
  const inward = new Pipe(back, there, farLink, nearLink);
  nearLink.join(outward, inward);
  farLink.join(inward, outward);
  return [nearLink, farLink];
}

/** One end of a connection, with the manners of a socket. */
export class MemoryLink implements Link, Receiver, Sender {
  readonly remote: Endpoint;
  readonly local: Endpoint;
  readonly clock: NodeClock;
  readonly channelBinding = null;
  readonly #pace: () => ReadPace | null;
  readonly #gone: (link: MemoryLink) => void;
  #pipes: { readonly out: Pipe; readonly in: Pipe } | null = null;
  #handlers: LinkHandlers | null = null;
  #state: 'alive' | 'dead' | 'closed' = 'alive';
  #error: Error | null = null;
  #ended = false;
  #finSent = false;
  #finReceived = false;
  #wantsDrain = false;

  constructor({ remote, local, clock, pace, gone }: MemoryLinkInput) {
    this.remote = remote;
    this.local = local;
    this.clock = clock;
    this.#pace = pace;
    this.#gone = gone;
  }

  keep(): void {}

  claimProblem(): null {
    return null;
  }

  join(outward: Pipe, inward: Pipe): void {
    this.#pipes = { out: outward, in: inward };
  }

  open(handlers: LinkHandlers): void {
    this.#handlers = handlers;
    if (this.#state === 'closed') this.clock.deliver(() => handlers.closed(this.#error));
    else this.#pipes?.in.resume();
  }

  write(bytes: Uint8Array): boolean {
    const out = this.#pipes?.out;
    if (!out || this.#ended || this.#state !== 'alive') return false;
    if (bytes.length === 0) return !this.#wantsDrain;
    const full = out.queuedBytes + bytes.length > HIGH_WATER_BYTES;
    this.#wantsDrain ||= full;
    out.write(bytes);
    return !full;
  }

  get queuedBytes(): number {
    return this.#pipes?.out.queuedBytes ?? 0;
  }

  get flushedBytes(): number {
    return this.#pipes?.out.flushedBytes ?? 0;
  }

  end(): void {
    if (this.#ended || this.#state !== 'alive') return;
    this.#ended = true;
    this.#pipes?.out.end();
    // The other end's FIN is only seen by reading; a link that was never opened discards.
    this.#pipes?.in.resume();
  }

  destroy(): void {
    if (this.#state !== 'alive') return;
    this.#pipes?.out.reset();
    this.#die(null);
  }

  /** The process is gone without a word to its own code; with a reset its kernel tells the other. */
  abandon(reset: boolean): void {
    if (this.#state !== 'alive') return;
    if (reset) this.#pipes?.out.reset();
    else this.#pipes?.out.discard();
    this.#handlers = null;
    this.#state = 'closed';
    this.#pipes?.in.swallow();
  }

  /** What was on its way over the path is late or lost. */
  interrupt(path: Path): void {
    for (const pipe of [this.#pipes?.out, this.#pipes?.in]) {
      if (pipe?.path === path) pipe.interrupt();
    }
  }

  uses(path: Path): boolean {
    return this.#pipes?.out.path === path || this.#pipes?.in.path === path;
  }

  get pace(): ReadPace | null {
    return this.#pace();
  }

  get reading(): boolean {
    return this.#handlers !== null || this.#ended || this.#state !== 'alive';
  }

  receiveData(bytes: Uint8Array): void {
    if (this.#state === 'alive') this.#handlers?.data(bytes);
  }

  receiveFin(): void {
    this.#finReceived = true;
    // No half-open connections: the end of one direction ends the other.
    this.end();
    this.#closeWhenBothEnded();
  }

  receiveReset(): void {
    if (this.#state !== 'alive') return;
    this.#fail('ECONNRESET');
  }

  timedOut(): void {
    if (this.#state === 'alive') this.#fail('ETIMEDOUT');
  }

  flushed(ended: boolean): void {
    if (this.#wantsDrain) {
      this.#wantsDrain = false;
      this.clock.deliver(() => {
        if (this.#state === 'alive') this.#handlers?.drain();
      });
    }
    if (!ended) return;
    this.#finSent = true;
    this.#closeWhenBothEnded();
  }

  #fail(code: string): void {
    this.#pipes?.out.discard();
    this.#die(Object.assign(new Error(`read ${code}`), { code }));
  }

  #closeWhenBothEnded(): void {
    if (this.#finSent && this.#finReceived && this.#state === 'alive') this.#die(null);
  }

  #die(error: Error | null): void {
    this.#state = 'dead';
    this.#error = error;
    this.#pipes?.in.swallow();
    this.#gone(this);
    this.clock.deliver(() => {
      if (this.#state !== 'dead') return;
      this.#state = 'closed';
      this.#handlers?.closed(error);
    });
  }
}

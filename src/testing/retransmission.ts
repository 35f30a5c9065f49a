import type { Path } from './memory-path.ts';

/** Linux: the least variance it assumes, on top of the round trip. */
const MIN_WAIT_MS = 200;
const MAX_WAIT_MS = 120_000;

/** Linux, tcp_retries2: a quarter of an hour, all in all. */
const MAX_ATTEMPTS = 15;

/** So many packets behind a missing one say that it will not come. */
const DUPLICATE_ACKS = 3;

interface Sending {
  /** Sends again what is lost, and asks again for what was not acknowledged. */
  repeat(): void;
  giveUp(): void;
}

/**
 * When a kernel sends again. It knows what is lost, so it never repeats anything in vain; a real
 * one does, and its peer drops the copy. Acknowledgements are lost only when none gets through:
 * the next one says the same and more.
 */
export class Retransmission {
  readonly #path: Path;
  readonly #back: Path;
  readonly #sending: Sending;
  #attempts = 0;
  #duplicateAcks = 0;
  #isArmed = false;

  constructor(path: Path, back: Path, sending: Sending) {
    this.#path = path;
    this.#back = back;
    this.#sending = sending;
  }

  /** Something is lost: it is sent again after 200 ms and a round trip, then twice that, ... */
  arm(): void {
    if (this.#isArmed) return;
    this.#isArmed = true;
    const firstMs = MIN_WAIT_MS + this.#path.maxLatencyMs + this.#back.maxLatencyMs;
    const waitMs = Math.min(MAX_WAIT_MS, firstMs * 2 ** this.#attempts);
    this.#path.later(() => this.#expired(), waitMs);
  }

  /** Something has arrived, and the sender hears of it. */
  acknowledged(isInOrder: boolean): void {
    if (!this.#back.isOpen) return;
    if (isInOrder) {
      this.#attempts = 0;
      this.#duplicateAcks = 0;
      return;
    }
    this.#duplicateAcks += 1;
    if (this.#duplicateAcks !== DUPLICATE_ACKS) return;
    this.#path.later(() => this.#sending.repeat(), this.#back.latencyMs());
  }

  #expired(): void {
    this.#isArmed = false;
    this.#attempts += 1;
    if (this.#attempts > MAX_ATTEMPTS) this.#sending.giveUp();
    else this.#sending.repeat();
  }
}

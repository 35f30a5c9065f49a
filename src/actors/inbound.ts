/** What comes from one life of a peer, in order, while one session follows the other. */
import type { Session } from '../node/session.ts';
import type { Line } from './line.ts';

/** Beyond it the older link is not waited for any longer. */
const MAX_HELD_BYTES = 1_048_576;

/** What has to be known of a session. */
type Carrier = Pick<Session, 'isOver' | 'outbox' | 'cut' | 'reject'>;

export class Inbound {
  readonly line: Line;
  #present: Carrier;
  /** The one before, as long as something may come over its link: that was sent first. */
  #former: Carrier | null = null;
  #held: Uint8Array[] = [];
  #heldBytes = 0;

  constructor(line: Line, session: Carrier) {
    this.line = line;
    this.#present = session;
  }

  /** The same life over another link. */
  move(to: Carrier): void {
    // One that was waited for has had its time.
    this.#former?.cut();
    this.#former = this.#present.isOver ? null : this.#present;
    this.#present = to;
    this.line.move(to.outbox);
  }

  received(session: Carrier, body: Uint8Array): string | null {
    if (session === this.#former) return this.line.receive(body);
    if (session !== this.#present) return null;
    if (this.#former === null) return this.line.receive(body);
    // The bytes lie in a chunk that will be written over.
    this.#held.push(body.slice());
    this.#heldBytes += body.length;
    if (this.#heldBytes > MAX_HELD_BYTES) this.#former.cut();
    return null;
  }

  over(session: Carrier): void {
    if (session !== this.#former) return;
    this.#former = null;
    const held = this.#held;
    this.#held = [];
    this.#heldBytes = 0;
    // A record that is malformed ends the link that brought it, as if it had just come.
    for (const body of held) if (this.line.receive(body) !== null) return this.#present.reject();
  }
}

/** What becomes of messages that come to nothing: each is counted, and told to whoever watches. */
import { type DeadLetter, type DeadLetterReason, kindOf } from '../inspect/dead-letter.ts';
import type { NodeId } from '../membership/node-id.ts';
import type { Counters } from '../ports.ts';
import { lifeText } from './ref-text.ts';
import { SERVICE } from './service.ts';

/** One life of one node. */
interface Life {
  readonly nodeId: NodeId;
  readonly uid: string;
}

/** Who is told of what happens to actors here, apart from their own answers. */
export interface ActorNews {
  deadLetter(letter: DeadLetter): void;
  /** A function of the user that takes no message threw. */
  threw(what: string, error: unknown): void;
}

export class Letters {
  readonly #self: Life;
  readonly #counters: Counters;
  readonly #news: ActorNews;
  #isTelling = false;

  constructor(self: Life, counters: Counters, news: ActorNews) {
    this.#self = self;
    this.#counters = counters;
    this.#news = news;
  }

  /** From here to an actor elsewhere. `error`: why it cannot be sent. */
  unsent(
    to: Life,
    number: number,
    message: unknown,
    reason: DeadLetterReason = 'node_down',
    error?: unknown,
  ): void {
    // What nodes tell each other about actors is of no use to a node that is gone.
    if (number === SERVICE) return;
    const target = `${lifeText(to.nodeId, to.uid)}/${number}`;
    const letter = { target, from: this.#self.nodeId, reason, message: kindOf(message) };
    this.#dead(error === undefined ? letter : { ...letter, error });
  }

  /** To an actor here. `error`: of `threw`. */
  undelivered(
    reason: DeadLetterReason,
    number: number,
    from: NodeId,
    message: unknown,
    error?: unknown,
  ): void {
    const target = `${lifeText(this.#self.nodeId, this.#self.uid)}/${number}`;
    const letter = { target, from, reason, message: kindOf(message) };
    this.#dead(error === undefined ? letter : { ...letter, error });
  }

  /** An answer from here. */
  unanswered(to: Life, ask: number, answer: unknown): void {
    const target = `${to.nodeId}/ask/${ask}`;
    this.#dead({ target, from: this.#self.nodeId, reason: 'overloaded', message: kindOf(answer) });
  }

  threw(what: string, error: unknown): void {
    this.#news.threw(what, error);
  }

  /** They waited when the life was over for this node. */
  lost(to: Life, count: number): void {
    this.#lost(lifeText(to.nodeId, to.uid), this.#self.nodeId, count);
  }

  /** They were on a link that was given up for another one. */
  missing(from: NodeId, count: number): void {
    this.#lost(lifeText(this.#self.nodeId, this.#self.uid), from, count);
  }

  #lost(target: string, from: NodeId, count: number): void {
    if (count === 0) return;
    this.#counters.add('letters.lost', count);
    this.#report({ target, from, reason: 'lost', message: null, count });
  }

  #dead(letter: Omit<DeadLetter, 'count'>): void {
    this.#counters.add('letters.dead');
    this.#report({ ...letter, count: 1 });
  }

  /**
   * What somebody brings about while told of a dead letter is counted only: whoever sends each of
   * them to an actor that is gone would never come to an end.
   */
  #report(letter: DeadLetter): void {
    if (this.#isTelling) return;
    this.#isTelling = true;
    try {
      this.#news.deadLetter(letter);
    } finally {
      this.#isTelling = false;
    }
  }
}

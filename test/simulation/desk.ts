/** Where the actors of one process hand in what they get, and wait. */
import type { Ref } from '../../src/actors/ref.ts';
import type { ReplyTo } from '../../src/actors/reply-to.ts';
import type { Timer } from '../../src/ports.ts';
import type { Life, WatchedActors } from './life.ts';
import type { Clerk, Note } from './roles.ts';
import type { Traffic } from './traffic.ts';
import type { Watch } from './watch.ts';

interface Wait {
  timer: Timer;
  readonly replyTo: ReplyTo | null;
}

export class Desk implements Clerk {
  readonly #watch: Watch;
  readonly #actors: WatchedActors;
  readonly #traffic: Traffic;
  readonly #given: (ref: Ref) => void;
  /** Lives of the node, by what their actors were started with. */
  readonly #begun = new Map<number, Life>();
  readonly #waits = new Set<Wait>();

  /** `given`: what to do with a reference that came in a message. */
  constructor(watch: Watch, actors: WatchedActors, traffic: Traffic, given: (ref: Ref) => void) {
    this.#watch = watch;
    this.#actors = actors;
    this.#traffic = traffic;
    this.#given = given;
  }

  took(note: Note, label: number | null): void {
    this.#traffic.stir();
    const life = (label === null ? null : this.#begun.get(label)) ?? this.#life;
    this.#traffic.mail.arrived(life, label, note.letter);
    if (note.ref) this.#given(note.ref);
  }

  began(label: number): void {
    this.#begun.set(label, this.#life);
    this.#traffic.started(this.#life, label);
  }

  wait(forMs: number, replyTo: ReplyTo | null): Promise<void> {
    return new Promise((resolve) => {
      const wait: Wait = { timer: null, replyTo };
      this.#waits.add(wait);
      wait.timer = this.#watch.clock.setTimeout(() => {
        this.#waits.delete(wait);
        this.#traffic.stir();
        resolve();
      }, forMs);
      replyTo?.signal.addEventListener('abort', () => this.#drop(wait), { once: true });
    });
  }

  /** The node has ended its actors: who works for somebody has been told that nobody waits. */
  stopped(): number {
    const forgotten = [...this.#waits].filter(({ replyTo }) => replyTo?.isDone === false);
    for (const wait of this.#waits) this.#drop(wait);
    return forgotten.length;
  }

  #drop(wait: Wait): void {
    this.#watch.clock.clearTimeout(wait.timer);
    this.#waits.delete(wait);
  }

  get #life(): Life {
    if (!this.#actors.life) throw new Error('an actor runs without a node');
    return this.#actors.life;
  }
}

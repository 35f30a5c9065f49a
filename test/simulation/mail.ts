/**
 * I7 and I8: what actors are sent, and what comes of it. Each message is known from the moment it is
 * sent, so whoever gets one can be asked whether it should have.
 */
import type { Ref } from '../../src/actors/ref.ts';
import { AskError, NotSerializableError, OverloadedError } from '../../src/errors/actors.ts';
import type { Life } from './life.ts';
import type { RoleName } from './roles.ts';
import { areTroubled, type Scene } from './scene.ts';

/** An actor, as those who write to it know it. */
export interface Target {
  readonly nodeId: Ref['nodeId'];
  readonly index: number;
  readonly uid: string;
  readonly number: number;
  readonly role: RoleName;
  /** Given to it as it was started. */
  readonly label: number;
  /** Somebody was told so, so nothing arrives any more. */
  isEnded: boolean;
}

/** From one life of a node to one actor. */
interface Road {
  readonly from: Life;
  readonly to: Target;
  sent: number;
  /** The latest that has arrived. */
  seen: number;
  /** Sent after it, in order. */
  underWay: Letter[];
}

/** `sure`: an ask that is answered in time where nothing goes wrong. */
export type LetterKind = 'send' | 'ask' | 'sure';

export interface Letter {
  readonly number: number;
  readonly road: Road;
  /** From 1, on its road. */
  readonly sequence: number;
  readonly sentAtMs: number;
  readonly kind: LetterKind;
  /** `refused`: its sender was told that it has not been delivered. */
  fate: 'open' | 'seen' | 'refused';
}

export class Mail {
  readonly #scene: Scene;
  readonly #letters: Letter[] = [];
  readonly #roads = new Map<string, Road>();

  constructor(scene: Scene) {
    this.#scene = scene;
  }

  /** Messages so far. */
  get count(): number {
    return this.#letters.length;
  }

  post(from: Life, to: Target, kind: LetterKind): Letter {
    const road = this.#road(from, to);
    road.sent += 1;
    const letter: Letter = {
      number: this.#letters.length,
      road,
      sequence: road.sent,
      sentAtMs: this.#scene.now(),
      kind,
      fate: 'open',
    };
    this.#letters.push(letter);
    road.underWay.push(letter);
    return letter;
  }

  /** Something has come to an actor; `label` is its own, if it has one. */
  arrived(life: Life, label: number | null, number: number): void {
    const letter = this.#letters[number];
    if (!letter) return this.#note(life, 'I7', 'gets a message that nobody has sent');
    const { fate, sequence, road } = letter;
    const { to } = road;
    const wrong = (rule: string, what: string) =>
      this.#note(life, rule, `gets ${described(letter)}, ${what}`);
    if (to.uid !== life.uid) wrong('I7', `meant for ${to.nodeId} in its life ${to.uid}`);
    if (label !== null && label !== to.label) wrong('I7', 'meant for another actor');
    if (life.isOver || to.isEnded) wrong('I7', 'after its end');
    if (fate === 'refused') wrong('I8', 'which was said not to have been delivered');
    if (fate === 'seen') wrong('I7', 'twice');
    else if (sequence < road.seen) wrong('I7', `after the one with the number ${road.seen}`);
    else this.#passed(letter);
    letter.fate = 'seen';
  }

  answered(letter: Letter, answer: unknown): void {
    const { from } = letter.road;
    if (answer !== letter.number) {
      return this.#note(from, 'I8', `${described(letter)} has the answer to ${String(answer)}`);
    }
    if (letter.fate !== 'seen') this.#note(from, 'I8', `${described(letter)} is answered unseen`);
  }

  /** An ask came to nothing, or a message was not taken. */
  failed(letter: Letter, error: unknown): void {
    const { from } = letter.road;
    const how = deliveredOf(error);
    if (how === null) return this.#note(from, 'I8', `${described(letter)}: ${String(error)}`);
    const isSeen = letter.fate === 'seen';
    if (how === 'no' && isSeen) {
      this.#note(from, 'I8', `${described(letter)} is said not to have been seen, and was`);
    }
    if (how === 'yes' && !isSeen) {
      this.#note(from, 'I8', `${described(letter)} is said to have been seen, and was not`);
    }
    if (how === 'no') letter.fate = 'refused';
    if (this.#mustBeExcused(letter, error) && !this.#isExcused(letter)) {
      this.#note(from, 'I8', `${described(letter)} fails without a reason: ${String(error)}`);
    }
  }

  #road(from: Life, to: Target): Road {
    const key = `${from.uid} ${to.uid} ${to.number}`;
    const known = this.#roads.get(key);
    if (known) return known;
    const road: Road = { from, to, sent: 0, seen: 0, underWay: [] };
    this.#roads.set(key, road);
    return road;
  }

  /** What was sent before it does not come any more. */
  #passed(letter: Letter): void {
    const { road, sequence } = letter;
    road.seen = sequence;
    const at = road.underWay.indexOf(letter);
    const missed = road.underWay.slice(0, at).find((other) => this.#isMissed(other));
    road.underWay = road.underWay.slice(at + 1);
    if (missed) {
      this.#note(road.from, 'I7', `${described(missed)} is lost on a link that has not ended`);
    }
  }

  /** At most once does not mean that messages get lost where no link ended. */
  #isMissed({ fate, kind, sentAtMs, road: { from, to } }: Letter): boolean {
    // Asks may be refused for want of room, and a full mailbox takes nothing more.
    const hasMailbox = to.role === 'server' || to.role === 'slow';
    const isTaken = fate === 'open' && kind === 'send' && !hasMailbox;
    return isTaken && from.movedAtMs(to.nodeId) < sentAtMs;
  }

  #mustBeExcused({ kind, road: { from, to } }: Letter, error: unknown): boolean {
    if (kind !== 'sure' || !(error instanceof AskError)) return false;
    if (from.isOver || to.isEnded || !this.#isAlive(to)) return false;
    return error.reason === 'timeout' || error.reason === 'node_down';
  }

  #isAlive({ index, uid }: Target): boolean {
    const life = this.#scene.members[index]?.actors?.life;
    return this.#scene.watchOf(index) !== undefined && life?.uid === uid && !life.isOver;
  }

  #isExcused({ sentAtMs, road: { from, to } }: Letter): boolean {
    const sinceMs = sentAtMs - 4 * this.#scene.plan.silenceLimitMs - 10_000;
    return areTroubled(this.#scene, from.index, to.index, sinceMs, this.#scene.now());
  }

  #note(life: Life, rule: string, what: string): void {
    this.#scene.note(this.#scene.members[life.index] ?? null, rule, what);
  }
}

function described({ sequence, sentAtMs, road: { from, to } }: Letter): string {
  return `message ${sequence} of ${from.id} to ${to.role} ${to.nodeId}#${to.number}, sent at ${sentAtMs}`;
}

function deliveredOf(error: unknown) {
  const isKnown =
    error instanceof AskError ||
    error instanceof OverloadedError ||
    error instanceof NotSerializableError;
  return isKnown ? error.delivered : null;
}

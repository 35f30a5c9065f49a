/**
 * Tells others the states of the actors here. Who observes one gets its present state, and then the
 * latest each time it has said that the one before arrived: those in between are dropped.
 */
import { NotSerializableError, OverloadedError } from '../errors/actors.ts';
import type { Clock, Timer } from '../ports.ts';
import type { ActorTable } from './actor-table.ts';
import { ThrownText } from './failure.ts';
import type { EndReason, Hosted } from './hosted.ts';
import type { Line } from './line.ts';
import type { ReplyTo } from './reply-to.ts';
import { SERVICE, type ServicePart } from './service.ts';

/** Until something is said again that a full queue has refused: it may be full for seconds. */
export const RETRY_MS = 100;

/** Why nothing follows. */
export type ObservedEnd = readonly [reason: EndReason | 'not_serializable', error?: unknown];

interface Observer {
  readonly line: Line;
  readonly token: number;
  readonly view: View;
  /** What was sent last has arrived. */
  isReady: boolean;
  /** There is something newer than what was sent last. */
  isDue: boolean;
}

/** An actor that is observed. */
interface View {
  readonly number: number;
  readonly hosted: Hosted;
  readonly observers: Set<Observer>;
  readonly unobserve: () => void;
  end: ObservedEnd | null;
}

type Fields = readonly unknown[];

export class Snapshots implements ServicePart {
  readonly #table: ActorTable;
  readonly #clock: Clock;
  readonly #maxObservers: number;
  /** Of actors that run, by number. */
  readonly #views = new Map<number, View>();
  /** By the token that the other side has given. */
  readonly #observers = new Map<Line, Map<number, Observer>>();
  /** Somebody is to be told something at the end of the turn. */
  readonly #due = new Set<View>();
  #isPlanned = false;
  #retry: Timer = null;

  /** `maxObservers`: of one node. */
  constructor(table: ActorTable, clock: Clock, maxObservers: number) {
    this.#table = table;
    this.#clock = clock;
    this.#maxObservers = maxObservers;
  }

  readonly asks = {
    /** `number` */
    snapshot: ([number]: Fields, replyTo: ReplyTo) => {
      const hosted = this.#hosted(number);
      if (hosted === undefined) return replyTo.fail('no_actor', 'no');
      const present = hosted.snapshot();
      if (present === null) replyTo.fail('busy', 'no');
      else replyTo.send(present.state);
    },
    /** `token, number` */
    observe: ([token, number]: Fields, replyTo: ReplyTo, from: Line) => {
      const known = this.#observers.get(from) ?? new Map<number, Observer>();
      if (typeof token !== 'number' || known.has(token)) return replyTo.fail('failed', 'no');
      const view = this.#view(number);
      if (view === null) return replyTo.fail('no_actor', 'no');
      if (known.size >= this.#maxObservers) {
        this.#letGo(view);
        return replyTo.fail('busy', 'no');
      }
      const observer = { line: from, token, view, isReady: true, isDue: true };
      this.#observers.set(from, known.set(token, observer));
      view.observers.add(observer);
      replyTo.send(true);
      this.#plan(view);
    },
  };

  readonly sends = {
    /** `token`: what was sent last has arrived. */
    'observe.more': ([token]: Fields, from: Line) => {
      const observer = this.#find(token, from);
      if (observer === undefined) return;
      observer.isReady = true;
      if (observer.isDue) this.#plan(observer.view);
    },
    /** `token`: nobody listens any more. */
    'observe.end': ([token]: Fields, from: Line) => {
      const observer = this.#find(token, from);
      if (observer) this.#drop(observer);
    },
  };

  /** Of an actor that was observed its last state is told, too. */
  ended(number: number, reason: EndReason, error?: unknown): void {
    const view = this.#views.get(number);
    if (view === undefined) return;
    this.#views.delete(number);
    // An actor of the user's may live on.
    view.unobserve();
    view.end = [reason, error];
    this.#plan(view);
  }

  /** A state, or that it has arrived, may be lost: one would wait for the other. */
  resync(line: Line): void {
    for (const observer of this.#observers.get(line)?.values() ?? []) {
      observer.isReady = true;
      observer.isDue = true;
      this.#plan(observer.view);
    }
  }

  lost(line: Line): void {
    for (const observer of [...(this.#observers.get(line)?.values() ?? [])]) this.#drop(observer);
  }

  stop(): void {
    this.#clock.clearTimeout(this.#retry);
    for (const line of [...this.#observers.keys()]) this.lost(line);
  }

  // ---- who observes what -----------------------------------------------------------------------

  #hosted(number: unknown): Hosted | undefined {
    return typeof number === 'number' && number !== SERVICE ? this.#table.get(number) : undefined;
  }

  #view(number: unknown): View | null {
    const hosted = this.#hosted(number);
    if (hosted === undefined || typeof number !== 'number') return null;
    const known = this.#views.get(number);
    if (known) return known;
    const changed = () => {
      for (const observer of view.observers) observer.isDue = true;
      this.#plan(view);
    };
    const unobserve = hosted.observe(changed);
    const view: View = { number, hosted, observers: new Set(), unobserve, end: null };
    this.#views.set(number, view);
    return view;
  }

  #find(token: unknown, from: Line): Observer | undefined {
    return typeof token === 'number' ? this.#observers.get(from)?.get(token) : undefined;
  }

  #drop(observer: Observer): void {
    const { line, token, view } = observer;
    const ofLine = this.#observers.get(line);
    ofLine?.delete(token);
    if (ofLine?.size === 0) this.#observers.delete(line);
    view.observers.delete(observer);
    this.#letGo(view);
  }

  /** What nobody observes costs nothing. */
  #letGo(view: View): void {
    if (view.observers.size > 0) return;
    this.#due.delete(view);
    if (this.#views.get(view.number) !== view) return;
    this.#views.delete(view.number);
    view.unobserve();
  }

  // ---- telling -----------------------------------------------------------------------------------

  /** At the end of the turn: of many changes in one turn only the last is told. */
  #plan(view: View): void {
    this.#due.add(view);
    if (this.#isPlanned) return;
    this.#isPlanned = true;
    this.#clock.endOfTurn(() => this.#tellAll());
  }

  #tellAll(): void {
    this.#isPlanned = false;
    const views = [...this.#due];
    this.#due.clear();
    for (const view of views) {
      for (const observer of [...view.observers]) {
        if (!this.#tell(observer)) this.#tellLater(view);
      }
    }
  }

  #tellLater(view: View): void {
    this.#due.add(view);
    this.#retry ??= this.#clock.setTimeout(() => {
      this.#retry = null;
      this.#tellAll();
    }, RETRY_MS);
  }

  /** False when too much waits for its node. */
  #tell(observer: Observer): boolean {
    const { end } = observer.view;
    try {
      // At the end one more may be under way: there is nothing after it.
      if (observer.isDue && (observer.isReady || end)) this.#tellState(observer);
      if (end) this.#tellEnd(observer, end);
      return true;
    } catch (error) {
      if (!(error instanceof OverloadedError)) throw error;
      return false;
    }
  }

  #tellState(observer: Observer): void {
    const present = observer.view.hosted.snapshot();
    // It is about to be started again, and changes then.
    if (present === null) return;
    try {
      observer.line.send(SERVICE, ['observed', observer.token, present.state]);
      observer.isReady = false;
      observer.isDue = false;
    } catch (error) {
      if (error instanceof OverloadedError) throw error;
      this.#tellEnd(observer, ['not_serializable', withinState(error)]);
    }
  }

  /** Once: the observer is dropped by it. */
  #tellEnd(observer: Observer, [reason, error]: ObservedEnd): void {
    const { line, token, view } = observer;
    if (!view.observers.has(observer)) return;
    try {
      line.send(SERVICE, ['observed.end', token, reason, error]);
    } catch (problem) {
      if (problem instanceof OverloadedError) throw problem;
      line.send(SERVICE, ['observed.end', token, reason, new ThrownText(error)]);
    }
    this.#drop(observer);
  }
}

/** The path as seen from the state, not from the message around it. */
function withinState(error: unknown): unknown {
  if (!(error instanceof NotSerializableError)) return error;
  return new NotSerializableError(error.path.replace(/^\[2\]\.?/, ''), error.reason);
}

/** What is observed from here: the states of actors on any node, as they come. */
import { AskError, type AskReason, type Delivered, OverloadedError } from '../errors/actors.ts';
import type { Clock, Timer } from '../ports.ts';
import type { AskOptions, Line } from './line.ts';
import { SERVICE, type ServicePart } from './service.ts';
import { RETRY_MS } from './snapshots.ts';

/** Who is told: any number of values, then at most one of the others. */
export interface Sink<T> {
  next(value: T): void;
  error(error: unknown): void;
  complete(): void;
}

interface Observation {
  readonly line: Line;
  readonly number: number;
  readonly sink: Sink<unknown>;
  /** It was said, or something has come, whatever becomes of what is said. */
  isGranted: boolean;
}

type Word = 'observe.more' | 'observe.end';
type Fields = readonly unknown[];

const ENDS: ReadonlyMap<unknown, AskReason> = new Map<unknown, AskReason>([
  ['stopped', 'stopped'],
  ['error', 'failed'],
  ['not_serializable', 'not_serializable'],
]);

export class Observations implements ServicePart {
  readonly #clock: Clock;
  readonly #open = new Map<number, Observation>();
  #tokens = 0;
  /** Words that a full queue has refused: without them the other side would wait for ever. */
  readonly #unsaid = new Map<number, { readonly word: Word; readonly line: Line }>();
  #retry: Timer = null;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** The returned function ends it; nothing is told after that. */
  open(line: Line, number: number, sink: Sink<unknown>): () => void {
    this.#tokens += 1;
    const token = this.#tokens;
    const observation: Observation = { line, number, sink, isGranted: false };
    this.#open.set(token, observation);
    line.ask(SERVICE, ['observe', token, number]).then(
      () => {
        observation.isGranted = true;
      },
      (error: unknown) => {
        if (!observation.isGranted) this.#fail(token, aboutActor(error, line, number));
      },
    );
    return () => {
      if (this.#open.delete(token)) this.#say('observe.end', token, line);
    };
  }

  readonly sends = {
    /** `token, state` */
    observed: ([token, state]: Fields, from: Line) => {
      if (typeof token !== 'number') return;
      const observation = this.#find(token, from);
      if (observation === undefined) return this.#disown(token, from);
      observation.isGranted = true;
      observation.sink.next(state);
      if (this.#open.has(token)) this.#say('observe.more', token, from);
    },
    /** `token, reason, error` */
    'observed.end': ([token, reason, cause]: Fields, from: Line) => {
      if (typeof token !== 'number') return;
      const observation = this.#find(token, from);
      if (observation === undefined) return;
      const { number, sink } = observation;
      if (reason !== 'normal') {
        const error = failure(from, number, ENDS.get(reason) ?? 'failed', 'yes', cause);
        return this.#fail(token, error);
      }
      this.#open.delete(token);
      sink.complete();
    },
  };

  /** An end may be lost: whoever knows the observation refuses another one by its number. */
  resync(line: Line): void {
    for (const [token, { line: to, number }] of this.#open) {
      if (to !== line) continue;
      line.ask(SERVICE, ['observe', token, number]).catch((error: unknown) => {
        if (!(error instanceof AskError) || error.reason !== 'no_actor') return;
        this.#fail(token, aboutActor(error, line, number));
      });
    }
  }

  lost(line: Line): void {
    for (const [token, unsaid] of this.#unsaid) {
      if (unsaid.line === line) this.#unsaid.delete(token);
    }
    for (const [token, observation] of [...this.#open]) {
      if (observation.line === line) this.#fail(token, nodeDown(observation));
    }
  }

  stop(): void {
    this.#clock.clearTimeout(this.#retry);
    this.#unsaid.clear();
    for (const [token, observation] of [...this.#open]) {
      this.#fail(token, nodeDown(observation));
    }
  }

  #find(token: number, from: Line): Observation | undefined {
    const observation = this.#open.get(token);
    return observation?.line === from ? observation : undefined;
  }

  #fail(token: number, error: unknown): void {
    const observation = this.#open.get(token);
    this.#open.delete(token);
    observation?.sink.error(error);
  }

  /** Granted too late, or by somebody who was not asked. What is refused now is said the next time. */
  #disown(token: number, from: Line): void {
    try {
      from.send(SERVICE, ['observe.end', token]);
    } catch (error) {
      if (!(error instanceof OverloadedError)) throw error;
    }
  }

  #say(word: Word, token: number, line: Line): void {
    this.#unsaid.delete(token);
    if (line.isClosed) return;
    try {
      line.send(SERVICE, [word, token]);
    } catch (error) {
      if (!(error instanceof OverloadedError)) throw error;
      this.#unsaid.set(token, { word, line });
      this.#retry ??= this.#clock.setTimeout(() => this.#sayAgain(), RETRY_MS);
    }
  }

  #sayAgain(): void {
    this.#retry = null;
    for (const [token, { word, line }] of [...this.#unsaid]) this.#say(word, token, line);
  }
}

/** The present state of an actor, once. Rejects with AskError or OverloadedError. */
export async function readSnapshot(
  line: Line,
  number: number,
  options?: AskOptions,
): Promise<unknown> {
  try {
    return await line.ask(SERVICE, ['snapshot', number], options);
  } catch (error) {
    throw aboutActor(error, line, number);
  }
}

function failure(
  { nodeId }: Line,
  number: number,
  reason: AskReason,
  delivered: Delivered,
  cause?: unknown,
): AskError {
  return new AskError(`${nodeId}#${number}`, reason, delivered, { cause });
}

function nodeDown({ line, number, isGranted }: Observation): AskError {
  return failure(line, number, 'node_down', isGranted ? 'yes' : 'maybe');
}

/** It was asked of the service, but is about the actor. */
function aboutActor(error: unknown, { nodeId }: Line, number: number): unknown {
  if (!(error instanceof AskError)) return error;
  const { reason, delivered, cause } = error;
  return new AskError(`${nodeId}#${number}`, reason, delivered, { cause });
}

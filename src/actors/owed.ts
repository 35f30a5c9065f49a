/**
 * What one node owes another, such as the news of an actor's end: while too much waits for that node
 * it is kept, and sent later, in order.
 */
import { OverloadedError } from '../errors/actors.ts';
import type { Clock, Timer } from '../ports.ts';
import type { Line } from './line.ts';
import { SERVICE, type ServicePart } from './service.ts';

/** What stands before it in the queue takes longer than this to leave. */
const RETRY_MS = 50;

interface Debt {
  readonly message: unknown;
  /** Instead of a message that cannot be sent; this one can. */
  readonly plain: unknown;
}

export class Owed implements ServicePart {
  readonly #clock: Clock;
  readonly #debts = new Map<Line, Debt[]>();
  #timer: Timer = null;
  #isPlanned = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** How many wait for the node; whoever owes bounds it. */
  count(line: Line): number {
    return this.#debts.get(line)?.length ?? 0;
  }

  /** To the service of a node; never throws. */
  send(line: Line, message: unknown, plain: unknown = message): void {
    if (line.isClosed) return;
    const debt = { message, plain };
    const before = this.#debts.get(line);
    if (before) return void before.push(debt);
    if (isPaid(line, debt)) return;
    this.#debts.set(line, [debt]);
    this.#plan();
  }

  lost(line: Line): void {
    this.#debts.delete(line);
  }

  stop(): void {
    this.#debts.clear();
    this.#clock.clearTimeout(this.#timer);
  }

  #plan(): void {
    if (this.#isPlanned) return;
    this.#isPlanned = true;
    this.#timer = this.#clock.setTimeout(() => this.#retry(), RETRY_MS);
  }

  #retry(): void {
    this.#isPlanned = false;
    for (const [line, debts] of this.#debts) {
      const unpaid = debts.findIndex((debt) => !isPaid(line, debt));
      if (unpaid === -1) this.#debts.delete(line);
      else debts.splice(0, unpaid);
    }
    if (this.#debts.size > 0) this.#plan();
  }
}

function isPaid(line: Line, { message, plain }: Debt): boolean {
  return isSent(line, message) ?? isSent(line, plain) ?? false;
}

/** Null when the message is to blame. */
function isSent(line: Line, message: unknown): boolean | null {
  try {
    line.send(SERVICE, message);
    return true;
  } catch (error) {
    return error instanceof OverloadedError ? false : null;
  }
}

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
  /** The actor on that node. */
  readonly target: number;
  readonly message: unknown;
  /** Instead of a message that cannot be sent; this one can. */
  readonly plain: unknown;
}

/** So many are not sent any more: that life of the node is over, or this one stops. */
type Dropped = (line: Line, count: number) => void;

export class Owed implements ServicePart {
  readonly #clock: Clock;
  readonly #dropped: Dropped;
  readonly #debts = new Map<Line, Debt[]>();
  #timer: Timer = null;
  #isPlanned = false;

  constructor(clock: Clock, dropped: Dropped = () => {}) {
    this.#clock = clock;
    this.#dropped = dropped;
  }

  /** How many wait for the node; whoever owes bounds it. */
  count(line: Line): number {
    return this.#debts.get(line)?.length ?? 0;
  }

  /** By default to the service of the node; never throws. */
  send(line: Line, message: unknown, plain: unknown = message, target: number = SERVICE): void {
    if (line.isClosed) return;
    const debt = { target, message, plain };
    const before = this.#debts.get(line);
    if (before) return void before.push(debt);
    if (isPaid(line, debt)) return;
    this.#debts.set(line, [debt]);
    this.#plan();
  }

  lost(line: Line): void {
    const count = this.count(line);
    this.#debts.delete(line);
    if (count > 0) this.#dropped(line, count);
  }

  stop(): void {
    for (const line of [...this.#debts.keys()]) this.lost(line);
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

function isPaid(line: Line, { target, message, plain }: Debt): boolean {
  return isSent(line, target, message) ?? isSent(line, target, plain) ?? false;
}

/** Null when the message is to blame. */
function isSent(line: Line, target: number, message: unknown): boolean | null {
  try {
    line.send(target, message);
    return true;
  } catch (error) {
    return error instanceof OverloadedError ? false : null;
  }
}

/** Actors, here or elsewhere, of whose end somebody on this node wants to hear. */
import { ActorLimitError } from '../errors/actors.ts';
import type { NodeId } from '../membership/node-id.ts';
import type { Clock } from '../ports.ts';
import { readDownReason, type Told } from './down.ts';
import type { Line } from './line.ts';
import type { Owed } from './owed.ts';
import { SERVICE, type ServicePart } from './service.ts';

export class Watches implements ServicePart {
  readonly #self: NodeId;
  readonly #clock: Clock;
  readonly #owed: Owed;
  readonly #maxMonitors: number;
  readonly #open = new Map<Line, Map<unknown, Told>>();
  #tokens = 0;
  #size = 0;

  constructor(self: NodeId, clock: Clock, owed: Owed, maxMonitors: number) {
    this.#self = self;
    this.#clock = clock;
    this.#owed = owed;
    this.#maxMonitors = maxMonitors;
  }

  readonly sends = {
    /** `token, reason, detail` */
    down: ([token, reason, detail]: readonly unknown[], line: Line) => {
      const open = this.#open.get(line);
      const told = open?.get(token);
      if (!open || !told) return;
      open.delete(token);
      this.#size -= 1;
      if (reason === 'full') told('error', new ActorLimitError(line.nodeId, 'maxMonitors'));
      else told(readDownReason(reason), detail);
    },
  };

  get size(): number {
    return this.#size;
  }

  /**
   * Gives the way to end it: nothing is told from then on.
   *
   * @throws ActorLimitError, OverloadedError
   */
  watch(line: Line, actor: number, told: Told): () => void {
    if (line.isClosed) return this.#watchNothing(told);
    // What is owed to that node still stands in its table.
    if (this.#size + this.#owed.count(line) >= this.#maxMonitors)
      throw new ActorLimitError(this.#self, 'maxMonitors');
    this.#tokens += 1;
    const token = this.#tokens;
    line.send(SERVICE, ['watch', token, actor]);
    const open = this.#open.get(line) ?? new Map<unknown, Told>();
    this.#open.set(line, open.set(token, told));
    this.#size += 1;
    return () => {
      if (!open.delete(token) || line.isClosed) return;
      this.#size -= 1;
      this.#owed.send(line, ['unwatch', token]);
    };
  }

  lost(line: Line): void {
    const open = this.#open.get(line);
    this.#open.delete(line);
    if (open) this.#nodeDown(open);
  }

  /** Of a node that stops, all others are gone, and it is itself. */
  stop(): void {
    for (const line of [...this.#open.keys()]) this.lost(line);
  }

  #watchNothing(told: Told): () => void {
    const open = new Map<unknown, Told>([[null, told]]);
    this.#size += 1;
    this.#nodeDown(open);
    return () => open.delete(null);
  }

  /** Later, since users' code must not run inside whatever ends a line. */
  #nodeDown(open: Map<unknown, Told>): void {
    this.#size -= open.size;
    if (open.size === 0) return;
    this.#clock.endOfTurn(() => {
      for (const told of open.values()) told('node_down');
    });
  }
}

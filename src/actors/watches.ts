/** Actors, here or elsewhere, of whose end somebody on this node wants to hear. */
import { ActorLimitError } from '../errors/actors.ts';
import type { NodeId } from '../membership/node-id.ts';
import type { Clock } from '../ports.ts';
import { readDownReason, type Told } from './down.ts';
import type { Line } from './line.ts';
import type { Owed } from './owed.ts';
import { SERVICE, type ServicePart } from './service.ts';

interface Watch {
  readonly actor: number;
  readonly told: Told;
  /** At whose expense: links are made here for others, too. */
  readonly payer: NodeId;
}

export class Watches implements ServicePart {
  readonly #self: NodeId;
  readonly #clock: Clock;
  readonly #owed: Owed;
  /** Of each payer, so that none uses up the room of the others. */
  readonly #maxMonitors: number;
  readonly #open = new Map<Line, Map<unknown, Watch>>();
  readonly #sizes = new Map<NodeId, number>();
  #tokens = 0;

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
      const watch = open?.get(token);
      if (!open || !watch) return;
      open.delete(token);
      this.#count(watch.payer, -1);
      const { told } = watch;
      if (reason === 'full') told('error', new ActorLimitError(line.nodeId, 'maxMonitors'));
      else told(readDownReason(reason), detail);
    },
  };

  get size(): number {
    return [...this.#sizes.values()].reduce((sum, size) => sum + size, 0);
  }

  /**
   * Gives the way to end it: nothing is told from then on. `payer`: the node that asked for it.
   *
   * @throws ActorLimitError, OverloadedError
   */
  watch(line: Line, actor: number, told: Told, payer: NodeId = this.#self): () => void {
    if (line.isClosed) return this.#watchNothing(told);
    // What is owed to that node still stands in its table.
    if (this.#sizeOf(payer) + this.#owed.count(line) >= this.#maxMonitors)
      throw new ActorLimitError(this.#self, 'maxMonitors');
    this.#tokens += 1;
    const token = this.#tokens;
    line.send(SERVICE, ['watch', token, actor]);
    const open = this.#open.get(line) ?? new Map<unknown, Watch>();
    this.#open.set(line, open.set(token, { actor, told, payer }));
    this.#count(payer, 1);
    return () => {
      if (!open.delete(token) || line.isClosed) return;
      this.#count(payer, -1);
      this.#owed.send(line, ['unwatch', token]);
    };
  }

  /** Whoever knows of it already does nothing; whoever has told the end tells that there is none. */
  resync(line: Line): void {
    for (const [token, { actor }] of this.#open.get(line) ?? []) {
      this.#owed.send(line, ['watch', token, actor]);
    }
  }

  lost(line: Line): void {
    const open = this.#open.get(line);
    this.#open.delete(line);
    if (!open) return;
    for (const { payer } of open.values()) this.#count(payer, -1);
    this.#tellNodeDown(open);
  }

  /** Of a node that stops, all others are gone, and it is itself. */
  stop(): void {
    for (const line of [...this.#open.keys()]) this.lost(line);
  }

  #watchNothing(told: Told): () => void {
    const open = new Map<unknown, Watch>([[null, { actor: SERVICE, told, payer: this.#self }]]);
    this.#tellNodeDown(open);
    return () => open.delete(null);
  }

  /** Later, since users' code must not run inside whatever ends a line. */
  #tellNodeDown(open: ReadonlyMap<unknown, Watch>): void {
    if (open.size === 0) return;
    this.#clock.endOfTurn(() => {
      for (const { told } of open.values()) told('node_down');
    });
  }

  #sizeOf(payer: NodeId): number {
    return this.#sizes.get(payer) ?? 0;
  }

  #count(payer: NodeId, by: 1 | -1): void {
    const size = this.#sizeOf(payer) + by;
    if (size > 0) this.#sizes.set(payer, size);
    else this.#sizes.delete(payer);
  }
}

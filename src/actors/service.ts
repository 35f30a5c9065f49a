/** Actor 0 of every node: starts actors for others, and ends them. */
import { createActor } from 'xstate';
import type { Limits } from '../limits.ts';
import { chartClock } from '../node/chart-clock.ts';
import type { Ports } from '../ports.ts';
import type { ActorTable } from './actor-table.ts';
import { type SortedBehavior, sortBehavior } from './behavior.ts';
import type { Behaviors } from './behaviors.ts';
import { HandlerActor } from './handler-actor.ts';
import type { Hosted, HostedOwner } from './hosted.ts';
import type { Line } from './line.ts';
import { LogicActor } from './logic-actor.ts';
import type { ReplyTo } from './reply-to.ts';
import { ServerActor } from './server-actor.ts';

export const SERVICE = 0;

/** What a request to start an actor comes to: its number, or why there is none. */
export type Started =
  | readonly ['started', number]
  | readonly ['unknown_behavior']
  | readonly ['full']
  | readonly ['failed', unknown];

export class Service implements Hosted {
  readonly #behaviors: Behaviors;
  readonly #table: ActorTable;
  readonly #ports: Ports;
  readonly #limits: Limits;
  /**
   * Actors of which their starter has not said that it knows them, by line and by the starter's own
   * number: nobody else does, so they end when it gives up or is gone.
   */
  readonly #unconfirmed = new Map<Line, Map<number, number>>();

  constructor(behaviors: Behaviors, table: ActorTable, ports: Ports, limits: Limits) {
    this.#behaviors = behaviors;
    this.#table = table;
    this.#ports = ports;
    this.#limits = limits;
  }

  /** `['keep' | 'drop', token]`. */
  send(message: unknown, from: Line): void {
    const [verb, token]: readonly unknown[] = Array.isArray(message) ? message : [];
    if (typeof token !== 'number') return;
    const started = this.#unconfirmed.get(from);
    const number = started?.get(token);
    started?.delete(token);
    if (verb === 'drop' && number !== undefined) this.#table.get(number)?.stop();
  }

  /** `['spawn', token, name, input]` or `['stop', number]`. */
  ask(message: unknown, replyTo: ReplyTo, from: Line): void {
    const [verb, number, name, input]: readonly unknown[] = Array.isArray(message) ? message : [];
    if (typeof number !== 'number') return replyTo.fail('failed', 'no');
    if (verb === 'spawn') this.#spawn(number, name, input, replyTo, from);
    else if (verb === 'stop') replyTo.send(this.#stop(number));
    else replyTo.fail('failed', 'no');
  }

  stop(): void {
    this.#unconfirmed.clear();
  }

  /** Whoever started them is gone, and nobody else knows of them. */
  lost(line: Line): void {
    const started = this.#unconfirmed.get(line);
    this.#unconfirmed.delete(line);
    for (const number of started?.values() ?? []) this.#table.get(number)?.stop();
  }

  #stop(number: number): boolean {
    const hosted = number === SERVICE ? undefined : this.#table.get(number);
    hosted?.stop();
    return hosted !== undefined;
  }

  #spawn(token: number, name: unknown, input: unknown, replyTo: ReplyTo, from: Line): void {
    const behavior = typeof name === 'string' ? this.#behaviors.get(name) : undefined;
    const sorted = sortBehavior(behavior);
    if (sorted === null) return this.#tell(replyTo, ['unknown_behavior']);
    if (this.#table.size > this.#limits.maxActors) return this.#tell(replyTo, ['full']);
    const number = this.#table.nextNumber();
    const ready = () => {
      // Whoever asked has given up, or is gone.
      if (replyTo.isDone) return void this.#stop(number);
      const started = this.#unconfirmed.get(from) ?? new Map<number, number>();
      this.#unconfirmed.set(from, started.set(token, number));
      this.#tell(replyTo, ['started', number]);
    };
    this.#start(sorted, number, input, ready, (error) => this.#tell(replyTo, ['failed', error]));
    replyTo.hold(null);
  }

  #tell(replyTo: ReplyTo, started: Started): void {
    replyTo.send(started);
  }

  /** Calls `ready` or `failed`, maybe at once. */
  #start(
    sorted: SortedBehavior,
    number: number,
    input: unknown,
    ready: () => void,
    failed: (error: unknown) => void,
  ): void {
    let isStarted = false;
    const owner: HostedOwner = {
      ended: (_, error) => {
        if (!isStarted) return failed(error);
        this.#table.delete(number);
        this.#ports.counters.add('processes', -1);
      },
      threw: () => this.#ports.counters.add('letters.dead'),
    };
    const host = (hosted: Hosted) => {
      isStarted = true;
      this.#table.set(number, hosted);
      this.#ports.counters.add('processes');
      ready();
    };
    if (sorted.kind === 'handler') return host(new HandlerActor(sorted.handler, owner));
    if (sorted.kind === 'logic') {
      const actor = createActor(sorted.logic, { input, clock: chartClock(this.#ports.clock) });
      const hosted = new LogicActor(actor, owner);
      if (hosted.start()) host(hosted);
      return;
    }
    const server = new ServerActor(sorted.server, this.#limits.maxMailbox, owner);
    server.start(input).then(() => host(server), failed);
  }
}

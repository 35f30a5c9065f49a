/** Starts actors for whoever asks, here or on another node, and ends them. */
import { createActor } from 'xstate';
import type { Limits } from '../limits.ts';
import { chartClock } from '../node/chart-clock.ts';
import type { Ports } from '../ports.ts';
import type { ActorTable } from './actor-table.ts';
import { type SortedBehavior, sortBehavior } from './behavior.ts';
import type { Behaviors } from './behaviors.ts';
import { HandlerActor } from './handler-actor.ts';
import type { Line } from './line.ts';
import { LogicActor } from './logic-actor.ts';
import type { ReplyTo } from './reply-to.ts';
import { type Ended, type House, Resident, type Starting } from './resident.ts';
import { ServerActor } from './server-actor.ts';
import { SERVICE, type ServicePart } from './service.ts';

/** What a request to start an actor comes to: its number, or why there is none. */
export type Started =
  | readonly ['started', number]
  | readonly ['unknown_behavior']
  | readonly ['full']
  | readonly ['failed', unknown];

interface Options {
  readonly input: unknown;
  readonly id: string | undefined;
}

export class Spawner implements ServicePart {
  readonly #behaviors: Behaviors;
  readonly #table: ActorTable;
  readonly #limits: Limits;
  readonly #house: House;
  /** One for all actors. */
  readonly #chartClock: ReturnType<typeof chartClock>;
  /**
   * Actors of which their starter has not said that it knows them, by line and by the starter's own
   * number: nobody else does, so they end when it gives up or is gone.
   */
  readonly #unconfirmed = new Map<Line, Map<number, number>>();

  constructor(behaviors: Behaviors, table: ActorTable, ports: Ports, limits: Limits, ended: Ended) {
    this.#behaviors = behaviors;
    this.#table = table;
    this.#limits = limits;
    this.#house = { table, counters: ports.counters, ended };
    this.#chartClock = chartClock(ports.clock);
  }

  readonly sends = {
    /** `token` */
    keep: ([token]: readonly unknown[], from: Line) => void this.#confirmed(token, from),
    /** `token` */
    drop: ([token]: readonly unknown[], from: Line) => {
      const number = this.#confirmed(token, from);
      if (number !== undefined) this.#table.get(number)?.stop();
    },
  };

  readonly asks = {
    /** `token, name, input, id` */
    spawn: ([token, name, input, id]: readonly unknown[], replyTo: ReplyTo, from: Line) => {
      if (typeof token !== 'number') return replyTo.fail('failed', 'no');
      const options = { input, id: typeof id === 'string' ? id : undefined };
      this.#spawn(token, name, options, replyTo, from);
    },
    /** `number` */
    stop: ([number]: readonly unknown[], replyTo: ReplyTo) => {
      replyTo.send(typeof number === 'number' && this.#stop(number));
    },
  };

  /** Whoever started them is gone, and nobody else knows of them. */
  lost(line: Line): void {
    const started = this.#unconfirmed.get(line);
    this.#unconfirmed.delete(line);
    for (const number of started?.values() ?? []) this.#table.get(number)?.stop();
  }

  /** The number of an actor whose starter has said what becomes of it. */
  #confirmed(token: unknown, from: Line): number | undefined {
    if (typeof token !== 'number') return undefined;
    const started = this.#unconfirmed.get(from);
    const number = started?.get(token);
    started?.delete(token);
    return number;
  }

  #stop(number: number): boolean {
    const hosted = number === SERVICE ? undefined : this.#table.get(number);
    hosted?.stop();
    return hosted !== undefined;
  }

  #spawn(token: number, name: unknown, options: Options, replyTo: ReplyTo, from: Line): void {
    const behavior = typeof name === 'string' ? this.#behaviors.get(name) : undefined;
    const sorted = sortBehavior(behavior);
    if (sorted === null) return this.#tell(replyTo, ['unknown_behavior']);
    if (this.#table.size > this.#limits.maxActors) return this.#tell(replyTo, ['full']);
    const number = this.#table.nextNumber();
    this.#start(sorted, number, options, {
      ready: () => {
        // Whoever asked has given up, or is gone.
        if (replyTo.isDone) return void this.#stop(number);
        const started = this.#unconfirmed.get(from) ?? new Map<number, number>();
        this.#unconfirmed.set(from, started.set(token, number));
        this.#tell(replyTo, ['started', number]);
      },
      failed: (error) => this.#tell(replyTo, ['failed', error]),
    });
    replyTo.hold(null);
  }

  #tell(replyTo: ReplyTo, started: Started): void {
    replyTo.send(started);
  }

  /** Tells how it went, maybe at once. */
  #start(sorted: SortedBehavior, number: number, options: Options, starting: Starting): void {
    const resident = new Resident(this.#house, number, starting);
    if (sorted.kind === 'handler') {
      return resident.runs(new HandlerActor(sorted.handler, resident));
    }
    const { input, id } = options;
    if (sorted.kind === 'logic') {
      const actor = createActor(sorted.logic, {
        clock: this.#chartClock,
        // XState keeps its options: each that is there costs an actor 240 bytes, whatever its value.
        ...(input === undefined ? {} : { input }),
        ...(id === undefined ? {} : { id }),
      });
      // Before it starts: it may tell others of itself at once.
      this.#table.introduce(actor, number);
      const hosted = new LogicActor(actor, resident);
      if (hosted.start()) resident.runs(hosted);
      return;
    }
    const server = new ServerActor(sorted.server, this.#limits.maxMailbox, resident);
    server.start(input).then(
      () => resident.runs(server),
      (error: unknown) => starting.failed(error),
    );
  }
}

/** Starts actors for whoever asks, here or on another node, and ends them. */
import { createActor } from 'xstate';
import type { Limits } from '../limits.ts';
import { chartClock } from '../node/chart-clock.ts';
import type { Ports } from '../ports.ts';
import type { ActorTable } from './actor-table.ts';
import { type SortedBehavior, sortBehavior } from './behavior.ts';
import type { Behaviors } from './behaviors.ts';
import { HandlerActor } from './handler-actor.ts';
import type { EndReason, Hosted, HostedOwner } from './hosted.ts';
import type { Line } from './line.ts';
import { LogicActor } from './logic-actor.ts';
import type { ReplyTo } from './reply-to.ts';
import { ServerActor } from './server-actor.ts';
import { SERVICE, type ServicePart } from './service.ts';

const CHILD = 'it is a child of another actor, which alone may stop it';

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

/** Of every actor that was started, exactly once. */
export type Ended = (number: number, reason: EndReason, error?: unknown) => void;

export class Spawner implements ServicePart {
  readonly #behaviors: Behaviors;
  readonly #table: ActorTable;
  readonly #ports: Ports;
  readonly #limits: Limits;
  readonly #ended: Ended;
  /**
   * Actors of which their starter has not said that it knows them, by line and by the starter's own
   * number: nobody else does, so they end when it gives up or is gone.
   */
  readonly #unconfirmed = new Map<Line, Map<number, number>>();

  constructor(behaviors: Behaviors, table: ActorTable, ports: Ports, limits: Limits, ended: Ended) {
    this.#behaviors = behaviors;
    this.#table = table;
    this.#ports = ports;
    this.#limits = limits;
    this.#ended = ended;
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
      if (typeof number !== 'number') return replyTo.send(false);
      if (this.#table.get(number)?.isChild) return replyTo.fail('failed', 'no', new Error(CHILD));
      replyTo.send(this.#stop(number));
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
    const ready = () => {
      // Whoever asked has given up, or is gone.
      if (replyTo.isDone) return void this.#stop(number);
      const started = this.#unconfirmed.get(from) ?? new Map<number, number>();
      this.#unconfirmed.set(from, started.set(token, number));
      this.#tell(replyTo, ['started', number]);
    };
    this.#start(sorted, number, options, ready, (error) => this.#tell(replyTo, ['failed', error]));
    replyTo.hold(null);
  }

  #tell(replyTo: ReplyTo, started: Started): void {
    replyTo.send(started);
  }

  /** Calls `ready` or `failed`, maybe at once. */
  #start(
    sorted: SortedBehavior,
    number: number,
    { input, id }: Options,
    ready: () => void,
    failed: (error: unknown) => void,
  ): void {
    let isStarted = false;
    const owner: HostedOwner = {
      ended: (reason, error) => {
        if (!isStarted) return failed(error);
        this.#table.delete(number);
        this.#ports.counters.add('processes', -1);
        this.#ended(number, reason, error);
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
      const actor = createActor(sorted.logic, {
        input,
        clock: chartClock(this.#ports.clock),
        ...(id === undefined ? {} : { id }),
      });
      // Before it starts: it may tell others of itself at once.
      this.#table.introduce(actor, number);
      const hosted = new LogicActor(actor, owner);
      if (hosted.start()) host(hosted);
      return;
    }
    const server = new ServerActor(sorted.server, this.#limits.maxMailbox, owner);
    server.start(input).then(() => host(server), failed);
  }
}

/** Starts actors for whoever asks, here or on another node, and ends them. */
import type { Limits } from '../limits.ts';
import { type ChartClock, chartClock } from '../node/chart-clock.ts';
import type { Ports } from '../ports.ts';
import type { ActorTable } from './actor-table.ts';
import { type SortedBehavior, sortBehavior } from './behavior.ts';
import type { Behaviors } from './behaviors.ts';
import { checked } from './checked.ts';
import { type Launch, launchOf } from './launch.ts';
import type { Line } from './line.ts';
import type { ReplyTo } from './reply-to.ts';
import { type House, Resident } from './resident.ts';
import { RESTART_DEFAULTS } from './restart-policy.ts';
import { SERVICE, type ServicePart } from './service.ts';
import { supervised } from './supervised.ts';

const CHILD = 'it is a child of another actor, which alone may stop it';

/** What a request to start an actor comes to, unless it fails: its number, or why there is none. */
export type Started =
  | readonly ['started', number]
  | readonly ['unknown_behavior']
  | readonly ['full'];

interface Options {
  readonly input: unknown;
  readonly id: string | undefined;
}

/** An actor is started again, after an error or a normal end. */
export type Restarted = (behavior: string, number: number, error: unknown) => void;

export class Spawner implements ServicePart {
  readonly #behaviors: Behaviors;
  readonly #table: ActorTable;
  readonly #ports: Ports;
  readonly #limits: Limits;
  readonly #house: House;
  readonly #restarted: Restarted;
  /** One for all actors. */
  readonly #chartClock: ChartClock;
  /**
   * Actors of which their starter has not said that it knows them, by line and by the starter's own
   * number: nobody else does, so they end when it gives up or is gone.
   */
  readonly #unconfirmed = new Map<Line, Map<number, number>>();

  constructor(
    house: House,
    behaviors: Behaviors,
    ports: Ports,
    limits: Limits,
    restarted: Restarted,
  ) {
    this.#behaviors = behaviors;
    this.#table = house.table;
    this.#ports = ports;
    this.#limits = limits;
    this.#house = house;
    this.#restarted = restarted;
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
    const sorted = typeof name === 'string' ? sortBehavior(this.#behaviors.get(name)) : null;
    if (typeof name !== 'string' || !sorted) return this.#tell(replyTo, ['unknown_behavior']);
    if (this.#table.size > this.#limits.maxActors) return this.#tell(replyTo, ['full']);
    const number = this.#table.nextNumber();
    const launch = this.#launch(name, sorted, number, options);
    const resident = new Resident(this.#house, number, {
      ready: () => {
        // Whoever asked has given up, or is gone.
        if (replyTo.isDone) return void this.#stop(number);
        const started = this.#unconfirmed.get(from) ?? new Map<number, number>();
        this.#unconfirmed.set(from, started.set(token, number));
        this.#tell(replyTo, ['started', number]);
      },
      // An error that cannot be sent arrives as its text.
      failed: (error) => replyTo.fail('failed', 'yes', error),
    });
    launch(resident, (hosted) => resident.runs(hosted));
    replyTo.hold(null);
  }

  #tell(replyTo: ReplyTo, started: Started): void {
    replyTo.send(started);
  }

  /** As the options of the behavior say. */
  #launch(name: string, sorted: SortedBehavior, number: number, { input, id }: Options): Launch {
    const { schema = null, restart = RESTART_DEFAULTS } = this.#behaviors.getOptions(name) ?? {};
    const { clock, random, counters } = this.#ports;
    const { maxMailbox } = this.#limits;
    const introduce = (actor: object) => this.#table.introduce(actor, number);
    const launch = launchOf(sorted, {
      ...{ input, id, maxMailbox, introduce },
      chartClock: this.#chartClock,
    });
    const restarted = (error: unknown) => {
      counters.add('actors.restarts');
      this.#restarted(name, number, error);
    };
    return checked(supervised(launch, restart, { clock, random, restarted }), schema);
  }
}

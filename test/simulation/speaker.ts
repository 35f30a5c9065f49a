/** What the program of one process says to actors, here and on other nodes. */
import type { Ref } from '../../src/actors/ref.ts';
import { AskError, type AskReason } from '../../src/errors/actors.ts';
import { ClusterError } from '../../src/errors.ts';
import type { ClusterEvent } from '../../src/inspect/events.ts';
import type { NodeId } from '../../src/membership/node-id.ts';
import type { Timer } from '../../src/ports.ts';
import type { SeededRandom } from '../../src/testing/random.ts';
import { Desk } from './desk.ts';
import { between, chance, pick, whole } from './draw.ts';
import type { Life, WatchedActors } from './life.ts';
import type { Letter, Target } from './mail.ts';
import { NAMES } from './names.ts';
import { letterOf, type Note, ROLES, registerRoles } from './roles.ts';
import { areTroubled, type Scene } from './scene.ts';
import type { Traffic } from './traffic.ts';
import type { Watch } from './watch.ts';

/** Actors that a process writes to. */
const MAX_KNOWN = 8;
/** There and back, and what waits before it, when nothing goes wrong. */
const WAY_MS = 1_500;
/** With less room, answers may be dropped. */
const AMPLE_QUEUE_BYTES = 1_000_000;
const FLOOD_MESSAGES = 24;
const FLOOD_MESSAGE_BYTES = 6_000;
/** More than a record holds. */
const LARGE_BYTES = [70 * 1_024, 300 * 1_024] as const;
/** Nothing has happened to the two nodes for so long. */
const CALM_MS = 20_000;
const TWISTS = ['throws', 'odd', 'last'] as const;
const TURNING: ReadonlySet<ClusterEvent['type']> = new Set([
  'peer.suspect',
  'session.opened',
  'session.closed',
]);
const GONE: ReadonlySet<AskReason> = new Set(['node_down', 'no_actor', 'stopped']);

interface Known {
  readonly ref: Ref;
  readonly target: Target;
}

export class Speaker {
  readonly #watch: Watch;
  readonly #actors: WatchedActors;
  readonly #scene: Scene;
  readonly #traffic: Traffic;
  readonly #desk: Desk;
  readonly #random: SeededRandom;
  /** For what is done besides. */
  readonly #rare: SeededRandom;
  readonly #gapMs: number;
  #known: Known[] = [];
  readonly #timers = new Set<Timer>();

  constructor(watch: Watch, actors: WatchedActors, scene: Scene, traffic: Traffic) {
    this.#watch = watch;
    this.#actors = actors;
    this.#scene = scene;
    this.#traffic = traffic;
    this.#random = watch.member.node.random.fork('traffic');
    this.#rare = watch.member.node.random.fork('rare traffic');
    this.#gapMs = scene.plan.traffic?.gapMs ?? 0;
    this.#desk = new Desk(watch, actors, traffic, (ref) => this.#given(ref));
    registerRoles(actors.behaviors, this.#desk);
    watch.cluster.onStatusChange((status) => {
      if (status === 'running') this.#plan();
      else this.#hush();
    });
    watch.cluster.events$.subscribe((event) => this.#react(event));
  }

  /** The node has ended its actors. */
  stopped(life: Life): void {
    const forgotten = this.#desk.stopped();
    if (forgotten > 0) this.#note(life, `${forgotten} askers are gone, and nobody was told`);
  }

  #hush(): void {
    for (const timer of this.#timers) this.#watch.clock.clearTimeout(timer);
    this.#timers.clear();
  }

  #plan(): void {
    this.#later(between(this.#random, 0, 2 * this.#gapMs), () => {
      this.#plan();
      this.#speak();
    });
  }

  #speak(): void {
    const { life } = this.#actors;
    if (!life) return;
    this.#traffic.stir();
    const number = this.#random.float();
    const known = this.#any();
    if (!known || number < 0.08) return this.#spawn(life);
    if (number < 0.11) return this.#stop(life, known);
    if (number < 0.113) return this.#flood(life, known);
    this.#besides(life, known);
    if (number < 0.15) this.#chat(known, whole(this.#random, 5, 15));
    for (let count = pick(this.#random, [1, 1, 2, 4]); count > 0; count -= 1) {
      this.#write(life, known);
    }
  }

  #besides(life: Life, known: Known): void {
    const number = this.#rare.float();
    if (number < 0.008) this.#large(life, known);
    else if (number < 0.06) this.#name(life, known);
    else if (number < 0.08) this.#monitor(life, known);
  }

  /** While one link takes the place of another: from within the event, and soon after it. */
  #react(event: ClusterEvent): void {
    if (!('nodeId' in event) || !TURNING.has(event.type) || !chance(this.#random, 0.4)) return;
    const { life } = this.#actors;
    const there = this.#known.find(({ target }) => target.nodeId === event.nodeId);
    if (!life || !there || this.#watch.status !== 'running') return;
    this.#traffic.stir();
    this.#write(life, there);
    this.#chat(there, whole(this.#random, 1, 5));
  }

  /** Once again soon, so many times. */
  #chat(known: Known, left: number): void {
    if (left === 0) return;
    this.#later(between(this.#random, 0, 40), () => {
      const { life } = this.#actors;
      this.#traffic.stir();
      if (life) this.#write(life, known);
      this.#chat(known, left - 1);
    });
  }

  #write(life: Life, known: Known): void {
    if (chance(this.#random, 0.5)) this.#send(life, known);
    else this.#ask(life, known);
    const line = life.lines.get(known.target.nodeId);
    if (line) this.#traffic.assertWithin(life, line);
  }

  #send(life: Life, { ref, target }: Known, fillerBytes?: number): void {
    const letter = this.#traffic.mail.post(life, target, 'send');
    try {
      ref.send(this.#message(letter, 0, fillerBytes));
    } catch (error) {
      this.#traffic.mail.failed(letter, error);
    }
  }

  #ask(life: Life, { ref, target }: Known, fillerBytes?: number): void {
    const random = this.#random;
    const { silenceLimitMs } = this.#scene.plan;
    const timeoutMs = pick(random, [whole(random, 1, 200), 5_000, 2 * silenceLimitMs]);
    const waitMs = chance(random, 0.5)
      ? 0
      : between(random, 0, pick(random, [100, silenceLimitMs]));
    const signal = chance(random, 0.1) ? this.#cancelled(timeoutMs) : undefined;
    const isSure = target.role !== 'server' && !signal && timeoutMs >= waitMs + WAY_MS;
    const isAmple = this.#scene.plan.limits.maxDataQueueBytes >= AMPLE_QUEUE_BYTES;
    const { mail, asks } = this.#traffic;
    const letter = mail.post(life, target, isSure && isAmple ? 'sure' : 'ask');
    const open = asks.begin(this.#watch, life, `ask of ${ref.id}`, timeoutMs);
    ref.ask(this.#message(letter, waitMs, fillerBytes), { timeoutMs, signal }).then(
      (answer) => {
        asks.end(open);
        mail.answered(letter, letterOf(answer));
      },
      (error: unknown) => {
        asks.end(open);
        mail.failed(letter, error);
        // Whoever knows that an actor is gone mostly leaves it alone.
        if (isGone(error) && chance(random, 0.7)) this.#forget(target);
      },
    );
  }

  #cancelled(withinMs: number): AbortSignal {
    const controller = new AbortController();
    const afterMs = between(this.#random, -0.1, 1) * withinMs;
    const abort = () => {
      this.#traffic.stir();
      controller.abort();
    };
    if (afterMs <= 0) abort();
    else this.#later(afterMs, abort);
    return controller.signal;
  }

  /** More than a record holds, at once; where it does not stand in the way of heartbeats. */
  #flood(life: Life, known: Known): void {
    if (!this.#isCalm(life, known)) return;
    for (let count = FLOOD_MESSAGES; count > 0; count -= 1) {
      this.#send(life, known, FLOOD_MESSAGE_BYTES);
    }
    if (chance(this.#rare, 0.5)) this.#large(life, known);
    const line = life.lines.get(known.target.nodeId);
    if (line) this.#traffic.assertWithin(life, line);
  }

  /** Among others to the same actor, and to another one. */
  #large(life: Life, known: Known): void {
    const line = life.lines.get(known.target.nodeId);
    if (!line || !this.#isCalm(life, known)) return;
    const bytes = whole(this.#rare, ...LARGE_BYTES);
    this.#traffic.enlarged(line, bytes);
    this.#send(life, known);
    if (chance(this.#rare, 0.5)) this.#send(life, known, bytes);
    else this.#ask(life, known, bytes);
    const other = this.#any();
    for (const next of [known, other, known]) if (next) this.#write(life, next);
    this.#chat(known, 3);
  }

  #isCalm(life: Life, { target: { index } }: Known): boolean {
    const now = this.#scene.now();
    return !areTroubled(this.#scene, life.index, index, now - CALM_MS, now);
  }

  /** Gives a name, or takes it from whoever has it; in the end nobody does, so that it can be seen. */
  #name(life: Life, { ref }: Known): void {
    const { plan, now } = this.#scene;
    if (now() > plan.calmMs) return;
    const name = pick(this.#rare, NAMES);
    const { actors } = this.#watch.cluster;
    const { asks, names } = this.#traffic;
    const timeoutMs = 5_000;
    const open = asks.begin(this.#watch, life, `a name for ${ref.id}`, timeoutMs);
    const done: Promise<unknown> = chance(this.#rare, 0.2)
      ? actors.unregister(name, { timeoutMs })
      : actors.register(name, ref, { timeoutMs }).then(() => names.registered());
    done.then(
      () => asks.end(open),
      (error: unknown) => {
        asks.end(open);
        if (!ClusterError.is(error)) this.#note(life, `a name fails by ${String(error)}`);
      },
    );
  }

  #monitor(life: Life, { ref, target }: Known): void {
    if (this.#watch.status !== 'running') return;
    const end = this.#traffic.vigils.begin(this.#watch, life, ref, target);
    if (end && chance(this.#rare, 0.1)) this.#later(between(this.#rare, 0, 60_000), end);
  }

  #message({ number: letter }: Letter, waitMs: number, fillerBytes = 0): Note {
    const twist = chance(this.#random, 0.05) ? pick(this.#random, TWISTS) : 'none';
    const ref = chance(this.#random, 0.03) ? this.#any()?.ref : undefined;
    const filler = fillerBytes > 0 ? new Uint8Array(fillerBytes) : undefined;
    return { type: 'note', letter, waitMs, twist, ref, filler };
  }

  #spawn(life: Life): void {
    const random = this.#random;
    const role = pick(random, ROLES);
    const label = this.#traffic.nextLabel();
    const timeoutMs = pick(random, [whole(random, 1, 500), 5_000]);
    const on = this.#place(life);
    // With a choice, one after the other may be asked.
    const tries = on.includes('@') ? 1 : this.#scene.plan.nodes;
    const { asks } = this.#traffic;
    const open = asks.begin(this.#watch, life, `spawn on ${on}`, timeoutMs, tries);
    this.#watch.cluster.actors.spawn(role, { on, input: label, timeoutMs }).then(
      (ref) => {
        asks.end(open);
        const known = { ref, target: this.#traffic.spawned(life, ref, role, label) };
        this.#know(known);
        if (chance(this.#rare, 0.5)) this.#monitor(this.#actors.life ?? life, known);
      },
      (error: unknown) => {
        asks.end(open);
        if (!ClusterError.is(error)) this.#note(life, `a spawn fails by ${String(error)}`);
      },
    );
  }

  #place(life: Life): NodeId | 'any' | 'least' | 'local' {
    if (chance(this.#random, 0.2)) return pick(this.#random, ['any', 'least', 'local']);
    const there = [...life.lines.values()].filter(({ isClosed }) => !isClosed);
    return there[Math.floor(this.#random.float() * there.length)]?.nodeId ?? 'local';
  }

  #stop(life: Life, { ref, target }: Known): void {
    const { asks } = this.#traffic;
    const timeoutMs = 5_000;
    const open = asks.begin(this.#watch, life, `stop of ${ref.id}`, timeoutMs);
    ref.stop({ timeoutMs }).then(
      () => {
        asks.end(open);
        target.isEnded = true;
      },
      (error: unknown) => {
        asks.end(open);
        if (!ClusterError.is(error)) this.#note(life, `a stop fails by ${String(error)}`);
      },
    );
  }

  #given(ref: Ref): void {
    const { life } = this.#actors;
    const target = life && this.#traffic.targetOf(life, ref);
    if (target) this.#know({ ref, target });
  }

  #know(known: Known): void {
    if (this.#known.length < MAX_KNOWN) this.#known.push(known);
    else this.#known[Math.floor(this.#random.float() * MAX_KNOWN)] = known;
  }

  #forget(target: Target): void {
    this.#known = this.#known.filter((known) => known.target !== target);
  }

  #any(): Known | undefined {
    return this.#known[Math.floor(this.#random.float() * this.#known.length)];
  }

  #later(afterMs: number, run: () => void): void {
    const timer = this.#watch.clock.setTimeout(() => {
      this.#timers.delete(timer);
      run();
    }, afterMs);
    this.#timers.add(timer);
  }

  #note(life: Life, what: string): void {
    this.#scene.note(this.#scene.members[life.index] ?? null, 'I8', what);
  }
}

function isGone(error: unknown): boolean {
  return error instanceof AskError && GONE.has(error.reason);
}

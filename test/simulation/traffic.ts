/** Messages between actors: who sends them, what must hold for them, and what is left in the end. */
import type { Line } from '../../src/actors/line.ts';
import { Ref } from '../../src/actors/ref.ts';
import { FIXED } from '../../src/limits.ts';
import { Asks } from './asks.ts';
import type { Life, LifeListener, WatchedActors } from './life.ts';
import { Mail, type Target } from './mail.ts';
import { Names } from './names.ts';
import type { RoleName } from './roles.ts';
import type { Scene } from './scene.ts';
import { Speaker } from './speaker.ts';
import { Vigils } from './vigils.ts';
import type { Watch } from './watch.ts';

/** Enough turns of the microtask queue for the longest chain of promises in the facade. */
const TURNS = 16;
/** The largest message that goes into a record, with all that is around it. */
const MAX_MESSAGE_BYTES = 8_192;

export class Traffic implements LifeListener {
  readonly mail: Mail;
  readonly asks: Asks;
  readonly vigils: Vigils;
  readonly names: Names;
  readonly #scene: Scene;
  readonly #speakers = new WeakMap<Watch, Speaker>();
  /** Of the largest message that was sent over it. */
  readonly #largestBytes = new WeakMap<Line, number>();
  readonly #targets = new Map<string, Target>();
  /** By what actors were started with: the lives in which that happened. */
  readonly #begun = new Map<number, Set<string>>();
  #labels = 0;
  #isRestless = false;

  constructor(scene: Scene) {
    this.#scene = scene;
    this.mail = new Mail(scene);
    this.asks = new Asks(scene);
    this.vigils = new Vigils(scene);
    this.names = new Names(scene);
  }

  /** Whether promises may settle that have not. */
  get isRestless(): boolean {
    return this.#isRestless || this.asks.isDue;
  }

  stir(): void {
    this.#isRestless = true;
  }

  /** A process begins. */
  born(watch: Watch, actors: WatchedActors): void {
    if (this.#scene.plan.traffic === null) return;
    this.#speakers.set(watch, new Speaker(watch, actors, this.#scene, this));
  }

  /** Lets promises settle that can. */
  async settle(): Promise<void> {
    while (this.#isRestless || this.asks.isDue) {
      this.#isRestless = false;
      for (let turn = 0; turn < TURNS; turn += 1) await null;
      this.asks.look();
      if (this.asks.isDue) return;
    }
  }

  nextLabel(): number {
    this.#labels += 1;
    return this.#labels;
  }

  /** An actor runs that knows what it was started with. */
  started(life: Life, label: number): void {
    const uids = this.#begun.get(label) ?? new Set();
    this.#begun.set(label, uids);
    // Elsewhere it may have been started before, where an answer was lost.
    if (uids.has(life.uid)) this.#note(life, 'I7', `starts the actor ${label} twice`);
    uids.add(life.uid);
  }

  /** Somebody was given a reference to an actor that it has started. */
  spawned(life: Life, ref: Ref, role: RoleName, label: number): Target {
    const isKnown = role === 'machine' || role === 'server';
    if (isKnown && this.#begun.get(label)?.has(ref.uid) !== true) {
      this.#note(life, 'I7', `was told that ${ref.id} is the actor ${label}, which is elsewhere`);
    }
    const { nodeId, uid, number } = ref;
    const index = Number(nodeId.slice(1, nodeId.indexOf('@')));
    const target: Target = { nodeId, index, uid, number, role, label, isEnded: false };
    if (this.#targets.has(keyOf(ref))) this.#note(life, 'I7', `was given ${ref.id} once more`);
    this.#targets.set(keyOf(ref), target);
    return target;
  }

  /** What a reference that has come in a message refers to. */
  targetOf(life: Life, ref: unknown): Target | null {
    const target = ref instanceof Ref ? this.#targets.get(keyOf(ref)) : undefined;
    if (!target) this.#note(life, 'I7', `was given a reference that nobody has, ${String(ref)}`);
    return target ?? null;
  }

  /** A message that is larger than a record is about to be sent. */
  enlarged(line: Line, bytes: number): void {
    this.#largestBytes.set(line, Math.max(bytes, this.#largestBytes.get(line) ?? 0));
  }

  /** What is wrong at this moment, by what it is about; it may be on its way. */
  unsettled(): ReadonlyMap<string, string> {
    if (this.#scene.plan.traffic === null) return new Map();
    return new Map([...this.vigils.unheard(), ...this.names.unsettled()]);
  }

  // ---- what happens in the nodes ----------------------------------------------------------------

  heard(life: Life, line: Line): void {
    this.#isRestless = true;
    this.assertWithin(life, line);
  }

  lost(life: Life, line: Line): void {
    this.#isRestless = true;
    this.#assertOver(life, line);
  }

  stopped(life: Life): void {
    this.#isRestless = true;
    for (const line of life.lines.values()) this.#assertOver(life, line);
    if (life.actorCount !== 0) this.#note(life, 'I10', `leaves ${life.actorCount} actors`);
    const watch = this.#scene.watchOf(life.index);
    if (watch) this.#speakers.get(watch)?.stopped(life);
  }

  /** I9: no more waits than the limits of the node allow. */
  assertWithin(life: Life, line: Line): void {
    const { maxPendingAsks, maxDataQueueBytes, maxControlQueueBytes } = life.limits;
    const { nodeId, pendingAsks, openAsks } = line;
    // Some more are kept free for asks of nodes themselves.
    if (pendingAsks > maxPendingAsks + line.pendingServiceAsks) {
      this.#note(life, 'I9', `${pendingAsks} asks wait for answers of ${nodeId}`);
    }
    if (openAsks > maxPendingAsks + line.openServiceAsks) {
      this.#note(life, 'I9', `${openAsks} asks of ${nodeId} have no answer`);
    }
    // What is refused is the first message that begins a record beyond the limit.
    const aheadBytes = nodeId === life.id ? 0 : maxControlQueueBytes;
    const largestBytes = MAX_MESSAGE_BYTES + (this.#largestBytes.get(line) ?? 0);
    const mostBytes = maxDataQueueBytes + aheadBytes + FIXED.maxRecordBytes + largestBytes;
    const queuedBytes = line.lane?.queuedBytes ?? 0;
    if (queuedBytes > mostBytes) {
      this.#note(life, 'I9', `${queuedBytes} bytes wait for ${nodeId}, though it has a limit`);
    }
  }

  /** I10: what waited for that life waits no more. */
  #assertOver(life: Life, line: Line): void {
    const { nodeId, pendingAsks, openAsks } = line;
    const left = pendingAsks + openAsks;
    if (left > 0 || !line.isClosed) {
      this.#note(life, 'I10', `${pendingAsks} and ${openAsks} asks outlive ${nodeId}`);
    }
  }

  #note(life: Life, rule: string, what: string): void {
    this.#scene.note(this.#scene.members[life.index] ?? null, rule, what);
  }
}

function keyOf({ uid, number }: Ref): string {
  return `${uid} ${number}`;
}

/** One direction between two machines: what happens to packets there, below any stream. */
import type { Random } from '../ports.ts';

export interface PathConditions {
  /** In ms from 0, one way, uniform; a new draw for every packet. Default 0.1 to 2: a data centre. */
  readonly latencyMs?: { readonly min: number; readonly max: number };
  /** Chance that a packet is lost, from 0 to 1. Default 0. */
  readonly loss?: number;
  /** Chance that a packet arrives twice, from 0 to 1. Default 0. */
  readonly duplicate?: number;
  /** Chance that a packet takes longer than those behind it, from 0 to 1. Default 0. */
  readonly reorder?: number;
  /** More than 0, shared by all connections on the path; packets queue up. Default: no limit. */
  readonly bytesPerSecond?: number;
}

const LATENCY_MS = { min: 0.1, max: 2 };

/** A packet that is overtaken is this much later at most, and twice the longest way. */
const REORDER_MS = 10;

/** Of Ethernet, IP and TCP. */
const HEADER_BYTES = 66;

/** What a path needs to know of the machine at either end. */
export interface PathEnd {
  readonly address: string;
  readonly isPowered: boolean;
}

/** In a network that has a clock. */
export interface PathGround {
  readonly random: Random;
  now(): number;
  later(run: () => void, delayMs: number): void;
}

interface Packet {
  readonly bytes: number;
  readonly arrive: () => void;
  readonly lose: () => void;
}

export class Path {
  readonly from: PathEnd;
  readonly to: PathEnd;
  readonly #ground: PathGround;
  #conditions: PathConditions = {};
  #latency = LATENCY_MS;
  #isPlain = true;
  #isCut = false;
  #isStalled = false;
  /** Counts the times at which everything under way was lost. */
  #epoch = 0;
  #freeAtMs = 0;
  #held: Packet[] = [];

  constructor(from: PathEnd, to: PathEnd, ground: PathGround) {
    this.from = from;
    this.to = to;
    this.#ground = ground;
  }

  /** Neither cut nor without power at one end: some packets get through. */
  get isOpen(): boolean {
    return !this.#isCut && this.from.isPowered && this.to.isPowered;
  }

  /** Every packet arrives, in order, when its latency is over: nothing to be simulated. */
  get isSmooth(): boolean {
    return this.#isPlain && this.isOpen && !this.#isStalled;
  }

  get isStalled(): boolean {
    return this.#isStalled;
  }

  get maxLatencyMs(): number {
    return this.#latency.max;
  }

  latencyMs(): number {
    const { min, max } = this.#latency;
    return min + this.#ground.random.float() * (max - min);
  }

  float(): number {
    return this.#ground.random.float();
  }

  later(run: () => void, delayMs: number): void {
    this.#ground.later(run, delayMs);
  }

  /** Later, one of the two is called, `arrive` possibly twice; `lose` also at once. */
  carry(bytes: number, arrive: () => void, lose: () => void): void {
    const { loss = 0 } = this.#conditions;
    if (!this.isOpen || (loss > 0 && this.float() < loss)) return lose();
    const packet = { bytes, arrive, lose };
    if (this.#isStalled) this.#held.push(packet);
    else this.#launch(packet);
  }

  /** As if it had been under way when the path stalled. */
  hold(bytes: number, arrive: () => void, lose: () => void): void {
    this.#held.push({ bytes, arrive, lose });
  }

  setConditions(conditions: PathConditions): void {
    const { loss = 0, duplicate = 0, reorder = 0, bytesPerSecond = 0 } = conditions;
    this.#conditions = conditions;
    this.#latency = conditions.latencyMs ?? LATENCY_MS;
    this.#isPlain = loss + duplicate + reorder + bytesPerSecond === 0;
    this.#freeAtMs = 0;
  }

  setCut(isCut: boolean): void {
    this.#isCut = isCut;
    if (isCut) this.drop();
  }

  setStalled(isStalled: boolean): void {
    this.#isStalled = isStalled;
    if (!isStalled) for (const packet of this.#held.splice(0)) this.#launch(packet);
  }

  /** Everything under way is lost. */
  drop(): void {
    this.#epoch += 1;
    for (const { lose } of this.#held.splice(0)) lose();
  }

  #launch(packet: Packet): void {
    const { duplicate = 0 } = this.#conditions;
    this.#fly(packet);
    if (duplicate > 0 && this.float() < duplicate) this.#fly({ ...packet, lose: () => {} });
  }

  #fly({ bytes, arrive, lose }: Packet): void {
    const epoch = this.#epoch;
    const land = () => (epoch === this.#epoch ? arrive() : lose());
    this.#ground.later(land, this.#queueMs(bytes) + this.latencyMs() + this.#detourMs());
  }

  #queueMs(bytes: number): number {
    const { bytesPerSecond = 0 } = this.#conditions;
    if (bytesPerSecond <= 0) return 0;
    const nowMs = this.#ground.now();
    const sendMs = ((bytes + HEADER_BYTES) / bytesPerSecond) * 1_000;
    this.#freeAtMs = Math.max(nowMs, this.#freeAtMs) + sendMs;
    return this.#freeAtMs - nowMs;
  }

  #detourMs(): number {
    const { reorder = 0 } = this.#conditions;
    if (reorder <= 0 || this.float() >= reorder) return 0;
    return this.float() * (REORDER_MS + 2 * this.#latency.max);
  }
}

import {
  creditMs,
  type Hearsay,
  isPlainlyFresh,
  judge,
  overAfterMs,
  type Patience,
  type Pauses,
  type Verdict,
} from '../membership/liveness.ts';
import { ArrivalHistory, type PhiOptions, phiLimitMs } from '../membership/phi.ts';

/** How long to wait for whom: T for all peers, or what each one's rhythm allows. */
export interface HearingRules {
  readonly heartbeatIntervalMs: number;
  readonly silenceLimitMs: number;
  /** Null: T alone decides. */
  readonly phi: PhiOptions | null;
}

const NO_PAUSES: Pauses = { longestMs: 0, sumMs: 0 };

/** What this side has heard of the other over one session, and since when it hears nothing. */
export class Hearing {
  readonly #rules: HearingRules;
  readonly #arrivals: ArrivalHistory | null;
  /** Monotonic ms of the last verified record; everything about liveness starts from it. */
  #lastHeardAt: number;
  #lastBeatAt: number | null = null;
  #awakeSince = Number.NEGATIVE_INFINITY;
  #pauses = NO_PAUSES;
  /** For how long the other side had not heard this one when it last said so. */
  #unheardMs = 0;
  /** The last verdict that was acted on. */
  verdict: Exclude<Verdict, 'over'> = 'fresh';

  constructor(rules: HearingRules, now: number) {
    this.#rules = rules;
    this.#lastHeardAt = now;
    this.#arrivals = rules.phi ? new ArrivalHistory(rules.heartbeatIntervalMs) : null;
  }

  get lastHeardAt(): number {
    return this.#lastHeardAt;
  }

  record(now: number): void {
    this.#lastHeardAt = now;
    this.#pauses = NO_PAUSES;
  }

  beat(now: number, unheardMs: number): void {
    if (this.#lastBeatAt !== null) this.#arrivals?.add(now - this.#lastBeatAt);
    this.#lastBeatAt = now;
    // What a pause of this process has caused is no complaint, whenever it is read.
    this.#unheardMs = now - unheardMs > this.#awakeSince ? unheardMs : 0;
  }

  /** This process stood still for so long: it neither heard nor beat, and blames nobody. */
  paused(pauseMs: number, now: number): void {
    const { longestMs, sumMs } = this.#pauses;
    this.#pauses = { longestMs: Math.max(longestMs, pauseMs), sumMs: sumMs + pauseMs };
    this.#awakeSince = now;
    this.#unheardMs = 0;
    this.#lastBeatAt = null;
  }

  /** Since the last record, without the time in which this process could not hear. */
  silenceMs(now: number): number {
    const silenceMs = now - this.#lastHeardAt;
    return Math.max(0, silenceMs - creditMs(this.#pauses, this.#rules.silenceLimitMs));
  }

  /** Cheap, and true for nearly every look at nearly every session; a learned limit is not. */
  isPlainlyFresh(now: number): boolean {
    const { heartbeatIntervalMs: intervalMs, silenceLimitMs: limitMs, phi } = this.#rules;
    if (phi || this.verdict !== 'fresh') return false;
    return isPlainlyFresh(now - this.#lastHeardAt, this.#unheardMs, { intervalMs, limitMs });
  }

  judge(now: number, score: number): Verdict {
    return judge(this.#hearsay(now), this.#patience(score));
  }

  /** When silence will be over, at the latest, if nothing is heard. */
  overAt(score: number): number {
    const { limitMs } = this.#patience(score);
    return this.#lastHeardAt + overAfterMs(limitMs, this.#pauses, score);
  }

  #hearsay(now: number): Hearsay {
    const silenceMs = now - this.#lastHeardAt;
    return { silenceMs, pauses: this.#pauses, unheardMs: this.#unheardMs };
  }

  #patience(score: number): Patience {
    const { heartbeatIntervalMs: intervalMs, silenceLimitMs, phi } = this.#rules;
    const limitMs =
      phi && this.#arrivals ? phiLimitMs(this.#arrivals.arrivals, phi) : silenceLimitMs;
    return { intervalMs, limitMs, score };
  }
}

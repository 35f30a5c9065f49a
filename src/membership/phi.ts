/**
 * Phi accrual: a silence limit learned from how regularly a peer's heartbeats arrive. After "The
 * phi accrual failure detector" (Hayashibara and others), in the form that Akka gave it.
 */

export interface PhiOptions {
  /** Suspicion at which a node is down: 8 means wrong once in 10^8 beats. */
  readonly threshold: number;
  /** Silence on top of the mean that is always accepted. */
  readonly acceptablePauseMs: number;
  /** Beats that come like clockwork must not make the detector hasty. */
  readonly minStdDevMs: number;
}

/** Akka's defaults. */
export const PHI_DEFAULTS: PhiOptions = {
  threshold: 8,
  acceptablePauseMs: 3_000,
  minStdDevMs: 100,
};

export interface Arrivals {
  readonly meanMs: number;
  readonly stdDevMs: number;
}

/** Silence after which phi reaches the threshold. */
export function phiLimitMs({ meanMs, stdDevMs }: Arrivals, options: PhiOptions): number {
  const { threshold, acceptablePauseMs, minStdDevMs } = options;
  return meanMs + acceptablePauseMs + deviationsAt(threshold) * Math.max(stdDevMs, minStdDevMs);
}

/** -log10 of the chance that a beat comes `deviations` standard deviations late, or later. */
export function phiOf(deviations: number): number {
  // Logistic approximation of the normal distribution's tail, as Akka computes it.
  const e = Math.exp(-deviations * (1.5976 + 0.070566 * deviations * deviations));
  return deviations > 0 ? -Math.log10(e / (1 + e)) : -Math.log10(1 - 1 / (1 + e));
}

const known = new Map<number, number>();

/** The inverse of `phiOf`, by bisection; remembered, as a node only ever asks for one. */
export function deviationsAt(phi: number): number {
  const remembered = known.get(phi);
  if (remembered !== undefined) return remembered;
  let [low, high] = [-20, 20];
  for (let step = 0; step < 60; step += 1) {
    const middle = (low + high) / 2;
    if (phiOf(middle) < phi) low = middle;
    else high = middle;
  }
  known.set(phi, high);
  return high;
}

/** Enough to see a rhythm, few enough to follow its changes. */
const MAX_SAMPLES = 200;

/** The last intervals between a peer's beats. */
export class ArrivalHistory {
  readonly #samples: number[] = [];
  #next = 0;
  #sum = 0;
  #squares = 0;

  /** Before the first beats: the interval agreed on, with a quarter of it as deviation. */
  constructor(expectedMs: number) {
    this.add(expectedMs - expectedMs / 4);
    this.add(expectedMs + expectedMs / 4);
  }

  add(intervalMs: number): void {
    const replaced = this.#samples[this.#next] ?? 0;
    this.#samples[this.#next] = intervalMs;
    this.#next = (this.#next + 1) % MAX_SAMPLES;
    this.#sum += intervalMs - replaced;
    this.#squares += intervalMs * intervalMs - replaced * replaced;
  }

  get arrivals(): Arrivals {
    const count = this.#samples.length;
    const meanMs = this.#sum / count;
    return { meanMs, stdDevMs: Math.sqrt(Math.max(0, this.#squares / count - meanMs * meanMs)) };
  }
}

// Round trips at a steady rate, spread over the targets, whatever becomes of those before.
import { createHistogram } from 'node:perf_hooks';

const TICK_MS = 2;
const TIMEOUT_MS = 2_000;

export class Requests {
  #cluster;
  #timer = null;
  #underWay = new Set();
  #histogram = createHistogram();
  /** Since the last call of `endSpell`. */
  #spell = createHistogram();
  #count = 0;
  #failures = [];

  constructor(cluster) {
    this.#cluster = cluster;
  }

  start(targets, perSecond) {
    const startedAt = performance.now();
    let sent = 0;
    this.#timer = setInterval(() => {
      const due = Math.floor(((performance.now() - startedAt) / 1_000) * perSecond);
      for (; sent < due; sent += 1) this.#send(targets[sent % targets.length]);
    }, TICK_MS);
  }

  /** Figures since the last call. */
  take() {
    const { count, max } = this.#histogram;
    const quantileMs = (percent) => this.#histogram.percentile(percent) / 1e6;
    const taken = {
      count: this.#count,
      failures: this.#failures,
      p50Ms: count === 0 ? 0 : quantileMs(50),
      p99Ms: count === 0 ? 0 : quantileMs(99),
      longestMs: count === 0 ? 0 : max / 1e6,
    };
    this.#histogram.reset();
    this.#count = 0;
    this.#failures = [];
    return taken;
  }

  /** Within what time 99 of 100 were answered since the last call. */
  endSpell() {
    const p99Ms = this.#spell.count === 0 ? 0 : this.#spell.percentile(99) / 1e6;
    this.#spell.reset();
    return p99Ms;
  }

  /** No more are sent; resolves once each that was has ended. */
  async stop() {
    clearInterval(this.#timer);
    await Promise.all(this.#underWay);
  }

  #send(target) {
    const request = this.#ask(target).finally(() => this.#underWay.delete(request));
    this.#underWay.add(request);
  }

  async #ask(target) {
    const startedAt = performance.now();
    this.#count += 1;
    try {
      // Without a connection a round trip is a handshake, which would hide what is looked for.
      if (!this.#cluster.isNodeConnected(target)) throw new Error('not connected');
      await this.#cluster.roundTrip(target, { timeoutMs: TIMEOUT_MS });
      const tookNs = Math.max(1, Math.round((performance.now() - startedAt) * 1e6));
      this.#histogram.record(tookNs);
      this.#spell.record(tookNs);
    } catch (error) {
      this.#failures.push(`${target}: ${error.message}`);
    }
  }
}

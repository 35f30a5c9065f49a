// Steady requests to other nodes: each target is asked again and again, one request at a time.
import { setTimeout as wait } from 'node:timers/promises';

/** How many failures are kept word by word. */
const KEPT = 5;

export class Load {
  tally = { count: 0, failed: 0, longestMs: 0, failures: [] };
  #cluster;
  #loops = new Map();

  constructor(cluster) {
    this.#cluster = cluster;
  }

  /** From now on these are asked; resolves when nothing is under way to any other. */
  async aim(targets, everyMs) {
    const ended = [];
    for (const [target, loop] of this.#loops) {
      if (targets.includes(target)) continue;
      loop.isWanted = false;
      this.#loops.delete(target);
      ended.push(loop.over);
    }
    for (const target of targets) {
      if (this.#loops.has(target)) continue;
      const loop = { isWanted: true, over: null };
      loop.over = this.#ask(target, everyMs, loop);
      this.#loops.set(target, loop);
    }
    await Promise.all(ended);
    return this.tally;
  }

  async #ask(target, everyMs, loop) {
    while (loop.isWanted) {
      const startedAt = performance.now();
      await this.#askOnce(target);
      this.tally.longestMs = Math.max(this.tally.longestMs, performance.now() - startedAt);
      await wait(everyMs);
    }
  }

  async #askOnce(target) {
    this.tally.count += 1;
    try {
      // Without a connection a round trip is a handshake, which would hide what is looked for.
      if (!this.#cluster.isNodeConnected(target)) throw new Error('not connected');
      await this.#cluster.roundTrip(target, { timeoutMs: 2_000 });
    } catch (error) {
      this.tally.failed += 1;
      if (this.tally.failures.length < KEPT) this.tally.failures.push(`${target}: ${error}`);
    }
  }
}

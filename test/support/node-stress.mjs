// Loads that a node in a child process puts on others, and what they do to it.
import { setTimeout as wait } from 'node:timers/promises';
import { AskError, OverloadedError } from '../../dist/index.js';

const timeNow = () => performance.timeOrigin + performance.now();

export function registerStress({ behaviors }) {
  let taken = 0;
  behaviors.register('tally', (_, replyTo) => {
    if (replyTo) return taken;
    taken += 1;
  });
  behaviors.register('size', (message) => message.length);
}

/** Asks one after the other without pause, until it is stopped. */
class Probe {
  #isWanted = true;
  answered = 0;
  longestMs = 0;
  failures = [];
  over;

  constructor(ref) {
    this.over = this.#run(ref);
  }

  async stop() {
    this.#isWanted = false;
    await this.over;
    const { answered, longestMs, failures } = this;
    return { answered, longestMs, failures };
  }

  async #run(ref) {
    while (this.#isWanted) {
      const startedAt = performance.now();
      try {
        await ref.ask('probe');
        this.answered += 1;
      } catch ({ code, reason }) {
        this.failures.push(reason ?? code);
      }
      this.longestMs = Math.max(this.longestMs, performance.now() - startedAt);
      await wait(2);
    }
  }
}

/**
 * So many asks a second, each to any of the nodes, and again to another one for as long as the error
 * says that this may help.
 */
class Caller {
  asked = 0;
  answered = 0;
  retried = 0;
  lost = [];
  #cluster;
  #behavior;
  #refs = new Map();
  #isWanted = true;
  #open = new Set();
  #ticking;

  constructor(cluster, behavior, perSecond) {
    this.#cluster = cluster;
    this.#behavior = behavior;
    this.#ticking = this.#tick(perSecond);
  }

  async stop() {
    this.#isWanted = false;
    await this.#ticking;
    await Promise.all(this.#open);
    const { asked, answered, retried, lost } = this;
    return { asked, answered, retried, lost };
  }

  async #tick(perSecond) {
    const startedAt = performance.now();
    while (this.#isWanted) {
      const due = ((performance.now() - startedAt) / 1_000) * perSecond;
      while (this.asked < due) {
        const call = this.#call(this.asked);
        this.asked += 1;
        this.#open.add(call);
        call.then(() => this.#open.delete(call));
      }
      await wait(2);
    }
  }

  async #call(n) {
    const until = performance.now() + 10_000;
    for (let attempt = 0; ; attempt += 1) {
      const nodes = this.#cluster.getConnectedNodes();
      const nodeId = nodes[(n + attempt) % nodes.length]?.id;
      try {
        const ref = await this.#refOn(nodeId);
        if ((await ref.ask({ n }, { timeoutMs: 1_000 })).n !== n) this.lost.push('wrong');
        this.answered += 1;
        return;
      } catch (error) {
        this.#refs.delete(nodeId);
        if (!mayRetry(error) || performance.now() > until) {
          this.lost.push(String(error));
          return;
        }
        this.retried += 1;
        await wait(5);
      }
    }
  }

  /** One actor for each life of each node. */
  #refOn(nodeId) {
    if (nodeId === undefined) throw new OverloadedError('nobody');
    const known = this.#refs.get(nodeId);
    if (known) return known;
    const ref = this.#cluster.actors.spawn(this.#behavior, { on: nodeId, timeoutMs: 1_000 });
    this.#refs.set(nodeId, ref);
    return ref;
  }
}

/** Asked twice, the actor answers the same: it may be asked again after any of these. */
function mayRetry(error) {
  const isStopped = error instanceof AskError && ['stopped', 'no_actor'].includes(error.reason);
  return error.retryable === true || isStopped;
}

export function stressCommands(cluster) {
  const { actors } = cluster;
  const busy = [];
  const letters = [];
  actors.busy$.subscribe((change) => busy.push({ at: timeNow(), ...change }));
  actors.deadLetters$.subscribe((letter) => letters.push(letter));
  const probes = new Map();
  let caller = null;
  let peak = { rssBytes: 0, heapBytes: 0 };
  let sampling;

  function sample() {
    const { rss, heapUsed, external } = process.memoryUsage();
    peak = {
      rssBytes: Math.max(peak.rssBytes, rss),
      heapBytes: Math.max(peak.heapBytes, heapUsed + external),
    };
  }

  return {
    busyChanges: () => busy,
    isBusy: (nodeId) => actors.isBusy(nodeId),
    deadLetters: () => letters,
    async untilCalm(nodeId) {
      while (actors.isBusy(nodeId)) await wait(10);
    },
    watchMemory() {
      peak = { rssBytes: 0, heapBytes: 0 };
      clearInterval(sampling);
      sampling = setInterval(sample, 20);
    },
    peakMemory: () => peak,
    /** Sends as much as it may for so long; what is refused is tried again. */
    async flood(nodeId, bytes, forMs) {
      const ref = await actors.spawn('tally', { on: nodeId });
      const message = new Uint8Array(bytes);
      const until = performance.now() + forMs;
      let [sent, refused] = [0, 0];
      while (performance.now() < until) {
        try {
          for (let i = 0; i < 50; i += 1) {
            ref.send(message);
            sent += 1;
          }
        } catch (error) {
          if (!(error instanceof OverloadedError)) throw error;
          refused += 1;
        }
        await wait(2);
      }
      return { sent, refused };
    },
    async taken(nodeId) {
      return (await actors.spawn('tally', { on: nodeId })).ask('how many');
    },
    async askLarge(nodeId, bytes) {
      const ref = await actors.spawn('size', { on: nodeId });
      const startedAt = performance.now();
      const answer = await ref.ask(new Uint8Array(bytes), { timeoutMs: 30_000 });
      return { answer, tookMs: performance.now() - startedAt };
    },
    async startProbe(nodeId) {
      probes.set(nodeId, new Probe(await actors.spawn('echo', { on: nodeId })));
    },
    stopProbe: (nodeId) => probes.get(nodeId).stop(),
    startCalls(behavior, perSecond) {
      caller = new Caller(cluster, behavior, perSecond);
    },
    stopCalls: () => caller.stop(),
    async untilCalled(more) {
      for (const before = caller.answered; caller.answered < before + more; ) await wait(5);
    },
  };
}

// One of the two nodes of asks.mjs; forked, the one that answers.

import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Actors } from '../../dist/parts.js';
import { createTestCluster } from '../../dist/testing/index.js';

const STABLE_LOOKS = 20;
const LOOK_MS = 10;

export class AskEnd {
  #actors = new Actors();
  #cluster = createTestCluster({ actors: this.#actors });
  /** Of the nodes that were met. */
  #lives = [];

  constructor() {
    this.#actors.behaviors.register('answer', (message) =>
      message === 'silence' ? new Promise(() => {}) : message,
    );
    this.#cluster.events$.subscribe((event) => {
      if (event.type === 'session.opened') this.#lives.push([event.nodeId, event.uid]);
    });
  }

  async start(nodeName, seeds) {
    await this.#cluster.start({ nodeName, host: '127.0.0.1', port: 0, seeds });
    return { id: this.#cluster.getLocalNodeId() };
  }

  stop() {
    return this.#cluster.stop();
  }

  reach(id) {
    return this.#cluster.actors.spawn('answer', { on: id });
  }

  /** What is kept while nothing is under way: as text, and as bytes after a collection. */
  async look() {
    let left = '';
    for (let stable = 0; stable < STABLE_LOOKS; ) {
      const now = this.#left();
      stable = now === left ? stable + 1 : 0;
      left = now;
      await wait(LOOK_MS);
    }
    globalThis.gc();
    await wait(0);
    globalThis.gc();
    const { heapUsed, external } = process.memoryUsage();
    return { left, heapBytes: heapUsed + external };
  }

  #left() {
    const counts = new Map([
      ['pending asks', 0],
      ['open asks', 0],
    ]);
    const add = (kind, n) => counts.set(kind, (counts.get(kind) ?? 0) + n);
    for (const [nodeId, uid] of this.#lives) {
      const line = this.#actors.lineTo(nodeId, uid);
      add('pending asks', line.pendingAsks);
      add('open asks', line.openAsks);
    }
    for (const kind of process.getActiveResourcesInfo()) add(kind, 1);
    for (const kind of ['TTYWrap', 'PipeWrap']) counts.delete(kind);
    for (const name of process.eventNames()) add('process listeners', process.listenerCount(name));
    return [...counts].map(([kind, n]) => `${n} ${kind}`).join(', ');
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const end = new AskEnd();
  process.on('message', async (command) => {
    if (command === 'start') process.send(await end.start('there', []));
    else if (command === 'look') process.send(await end.look());
    else process.exit(0);
  });
  process.on('disconnect', () => process.exit(1));
}

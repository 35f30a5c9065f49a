// One end of the races: a node, and what it was told since the present race began.
import { systemPorts } from '../../dist/parts.js';
import { createTestCluster } from '../../dist/testing/index.js';

export class Racer {
  accepted = 0;
  ups = 0;
  downs = 0;
  opened = 0;
  closed = 0;
  /** Who dialled the session that was opened last. */
  initiator = null;
  #name;
  #cluster;
  #waiting = new Set();

  constructor(name) {
    const { network } = systemPorts();
    this.#name = name;
    this.#cluster = createTestCluster({
      network: {
        dial: (to, done) => network.dial(to, done),
        listen: (at, handlers) =>
          network.listen(at, {
            ...handlers,
            link: (link) => {
              this.accepted += 1;
              handlers.link(link);
            },
          }),
      },
    });
    this.#cluster.onNodeUp(() => this.#note('ups'));
    this.#cluster.onNodeDown(() => this.#note('downs'));
    this.#cluster.events$.subscribe((event) => {
      if (event.type === 'session.closed') this.#note('closed');
      if (event.type !== 'session.opened') return;
      this.initiator = event.initiator;
      this.#note('opened');
    });
  }

  async start() {
    await this.#cluster.start({
      nodeName: this.#name,
      host: '127.0.0.1',
      port: 0,
      // No two nodes meet so often in earnest.
      flapDamping: false,
    });
  }

  stop() {
    return this.#cluster.stop();
  }

  get id() {
    return this.#cluster.getLocalNodeId();
  }

  begin() {
    for (const count of ['accepted', 'ups', 'downs', 'opened', 'closed']) this[count] = 0;
    this.initiator = null;
  }

  /** Resolves to what went wrong, or null. */
  connect(other) {
    return this.#cluster.connect(other.id).then(
      () => null,
      (error) => error,
    );
  }

  disconnect(other) {
    return this.#cluster.disconnect(other.id);
  }

  ping(other) {
    return this.#cluster.isNodeConnected(other.id) && this.#cluster.ping(other.id);
  }

  isOneSession() {
    return this.opened - this.closed === 1 && this.#cluster.getConnectedNodeCount() === 1;
  }

  whenUp() {
    return this.#when(() => this.ups > 0);
  }

  whenDown() {
    return this.#when(() => this.downs > 0 && this.opened === this.closed);
  }

  state() {
    const { accepted, ups, downs, opened, closed, initiator } = this;
    return JSON.stringify({ name: this.#name, accepted, ups, downs, opened, closed, initiator });
  }

  #note(what) {
    this[what] += 1;
    for (const look of [...this.#waiting]) look();
  }

  #when(isSo) {
    return new Promise((resolve) => {
      const look = () => {
        if (!isSo()) return;
        this.#waiting.delete(look);
        resolve();
      };
      this.#waiting.add(look);
      look();
    });
  }
}

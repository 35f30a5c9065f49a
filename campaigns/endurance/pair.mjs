// Two nodes whose session is made and broken over and over; each cycle ends without a session.
import { once } from 'node:events';
import { createServer } from 'node:net';
import { systemPorts } from '../../dist/parts.js';
import { createTestCluster } from '../../dist/testing/index.js';

const SETTINGS = {
  host: '127.0.0.1',
  clusterSecret: 'a secret that is proven again and again',
  reconnectBaseDelayMs: 5,
  reconnectMaxDelayMs: 20,
  // A hundred thousand handshakes with one address within minutes are no flood here.
  limits: { acceptsPerSecond: 1_000_000, acceptBurst: 1_000_000, dialBackDelayMs: 50 },
  flapDamping: false,
};

class End {
  port = 0;
  isUp = false;
  /** The link below the session that was opened last. */
  links = new Set();
  #name;
  #waiting = new Set();

  constructor(name) {
    this.#name = name;
    const { network } = systemPorts();
    const seen = (link) => this.#remember(link);
    this.cluster = createTestCluster({
      network: {
        dial: (to, done) =>
          network.dial(to, (dialled) =>
            done(dialled.ok ? { ok: true, link: seen(dialled.link) } : dialled),
          ),
        listen: (at, handlers) =>
          network.listen(at, { ...handlers, link: (link) => handlers.link(seen(link)) }),
      },
    });
    this.cluster.onNodeUp(() => this.#turn(true));
    this.cluster.onNodeDown(() => this.#turn(false));
  }

  async start() {
    this.port ||= await freePort();
    await this.cluster.start({ nodeName: this.#name, port: this.port, ...SETTINGS });
  }

  when(isUp) {
    return new Promise((resolve) => {
      const look = () => {
        if (this.isUp !== isUp) return;
        this.#waiting.delete(look);
        resolve();
      };
      this.#waiting.add(look);
      look();
    });
  }

  /** As if a cable were cut: neither node is asked. */
  breakLinks() {
    for (const link of [...this.links]) link.destroy();
  }

  async stop() {
    await this.cluster.stop();
    // Its own stop is no news to it.
    this.isUp = false;
  }

  #turn(isUp) {
    this.isUp = isUp;
    for (const look of [...this.#waiting]) look();
  }

  #remember(link) {
    const open = link.open.bind(link);
    this.links.add(link);
    link.open = (handlers) =>
      open({
        data: (chunk) => handlers.data(chunk),
        drain: () => handlers.drain(),
        closed: (error) => {
          this.links.delete(link);
          handlers.closed(error);
        },
      });
    return link;
  }
}

export class Pair {
  #a;
  #b;
  #signal;

  /** Listens to `signal` in every call, so that a listener left behind would be seen there. */
  constructor(index, signal) {
    this.#a = new End(`a${index}`);
    this.#b = new End(`b${index}`);
    this.#signal = signal;
  }

  async start() {
    await this.#a.start();
    await this.#b.start();
  }

  async stop() {
    await Promise.all([this.#a.stop(), this.#b.stop()]);
  }

  async #connect() {
    await this.#a.cluster.connect(this.#b.cluster.getLocalNodeId(), { signal: this.#signal });
    await this.#both(true);
  }

  async #disconnect() {
    await this.#b.cluster.disconnect(this.#a.cluster.getLocalNodeId());
    await this.#both(false);
  }

  #both(isUp) {
    return Promise.all([this.#a.when(isUp), this.#b.when(isUp)]);
  }

  /** By the facade; counts as one cycle. */
  async call() {
    await this.#connect();
    await this.#disconnect();
  }

  /** The link is cut under a session, and the nodes find each other again by themselves. */
  async cut() {
    await this.#connect();
    this.#a.breakLinks();
    await this.#both(false);
    await this.#both(true);
    await this.#disconnect();
  }

  /** One of the two stops and starts again, under its name and port. */
  async restart() {
    await this.#connect();
    await this.#b.stop();
    await this.#a.when(false);
    await this.#b.start();
  }
}

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  await once(server, 'close');
  return port;
}

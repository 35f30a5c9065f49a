import { createServer, type Server } from 'node:net';
import type { Endpoint, Listener, ListenHandlers } from '../ports.ts';
import { type MakeLink, plainHost, tcpLink } from './tcp-link.ts';

// Taken at import, so that fake timers installed later do not hold up a close.
const { setImmediate } = globalThis;
const nextTick = process.nextTick.bind(process);

/** The kernel's queue of connections not yet accepted; Linux caps it at `somaxconn`. */
const BACKLOG = 511;

export function tcpListen(
  at: Endpoint,
  handlers: ListenHandlers,
  makeLink: MakeLink = tcpLink,
): Listener {
  const listener = new TcpListener(handlers, makeLink);
  listener.bind(at);
  return listener;
}

class TcpListener implements Listener {
  readonly #handlers: ListenHandlers;
  readonly #server: Server;
  readonly #whenFree: (() => void)[] = [];
  #state: 'binding' | 'listening' | 'closing' | 'free' = 'binding';

  constructor(handlers: ListenHandlers, makeLink: MakeLink) {
    this.#handlers = handlers;
    this.#server = createServer({ pauseOnConnect: true });
    this.#server.on('listening', () => this.#listening());
    this.#server.on('error', (error) => this.#failed(error));
    this.#server.on('connection', (socket) => {
      const link = this.#state === 'listening' ? makeLink(socket) : null;
      if (link) return handlers.link(link);
      socket.on('error', () => {});
      socket.destroy();
    });
  }

  bind({ host, port }: Endpoint): void {
    try {
      this.#server.listen({ host, port, exclusive: true, backlog: BACKLOG });
    } catch (error) {
      const failure = error instanceof Error ? error : new Error(String(error));
      nextTick(() => this.#failed(failure));
    }
  }

  close(done: () => void): void {
    this.#whenFree.push(done);
    if (this.#state === 'listening') this.#free();
    else if (this.#state === 'free') this.#announceFree();
    // Node would go on to listen after a close that came first: wait for the outcome.
    else this.#state = 'closing';
  }

  #listening(): void {
    if (this.#state === 'closing') {
      this.#free();
      return;
    }
    this.#state = 'listening';
    const bound = this.#server.address();
    if (bound === null || typeof bound === 'string') return;
    this.#handlers.listening({ host: plainHost(bound.address), port: bound.port });
  }

  #failed(error: Error & { readonly code?: string | undefined }): void {
    if (this.#state === 'closing') this.#free();
    if (this.#state === 'free') return;
    if (this.#state === 'binding') this.#state = 'free';
    this.#handlers.failed(error);
  }

  #free(): void {
    this.#state = 'free';
    // Closes the listening socket at once; its own callback would wait for every link to end.
    this.#server.close();
    this.#announceFree();
  }

  #announceFree(): void {
    setImmediate(() => {
      for (const done of this.#whenFree.splice(0)) done();
    });
  }
}

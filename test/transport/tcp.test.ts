import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { setImmediate } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import type { Dialled, Link } from '../../src/ports.ts';
import { tcpNetwork } from '../../src/transport/tcp.ts';

const network = tcpNetwork();
const closers: (() => void)[] = [];
afterEach(() => {
  for (const close of closers.splice(0)) close();
});

async function until(condition: () => boolean) {
  while (!condition()) await setImmediate();
}

function dial(host: string, port: number) {
  return new Promise<Dialled>((resolve) => {
    network.dial({ host, port }, resolve);
  });
}

async function listening(host: string) {
  const links: Link[] = [];
  const port = await new Promise<number>((resolve, reject) => {
    const listener = network.listen(
      { host, port: 0 },
      { listening: (bound) => resolve(bound.port), link: (l) => links.push(l), failed: reject },
    );
    closers.push(() => {
      listener.close(() => {});
      for (const link of links) link.destroy();
    });
  });
  return { links, port };
}

/** A link of ours, accepted from a plain socket. */
async function accepted() {
  const { links, port } = await listening('127.0.0.1');
  const socket: Socket = connect({ host: '127.0.0.1', port });
  closers.push(() => socket.destroy());
  socket.on('error', () => {});
  await until(() => links.length > 0);
  const [link] = links;
  if (!link) throw new Error('not accepted');
  const seen = { bytes: 0, closed: [] as (Error | null)[] };
  const open = () =>
    link.open({
      data: ({ length }) => {
        seen.bytes += length;
      },
      drain: () => {},
      closed: (error) => seen.closed.push(error),
    });
  return { socket, link, seen, open };
}

describe('tcp', () => {
  it.each([
    ['127.0.0.1', 0],
    ['127.0.0.1', 65_536],
    ['127.0.0.1', -1],
    ['127.0.0.1', Number.NaN],
    ['localhost', 4369],
    ['', 4369],
    ['::%', 4369],
  ])('answers a dial to %s port %s instead of throwing or resolving', async (host, port) => {
    expect(await dial(host, port)).toMatchObject({ ok: false, failure: 'unreachable' });
  });

  it('answers an impossible port of a listener instead of throwing', async () => {
    const codes: unknown[] = [];
    network.listen(
      { host: '127.0.0.1', port: 65_536 },
      { listening: () => {}, link: () => {}, failed: ({ code }) => codes.push(code) },
    );
    expect(codes).toEqual([]);
    await until(() => codes.length > 0);
    expect(codes).toEqual(['ERR_SOCKET_BAD_PORT']);
  });

  it('gives an IPv4 caller of a dual-stack listener its IPv4 address', async () => {
    const { links, port } = await listening('::');
    const result = await dial('127.0.0.1', port);
    closers.push(() => result.ok && result.link.destroy());
    await until(() => links.length > 0);
    expect(links[0]?.remote.host).toBe('127.0.0.1');
    expect(links[0]?.local).toEqual({ host: '127.0.0.1', port });
  });

  it('survives callers that are gone before anybody looks at them', async () => {
    const { links, port } = await listening('127.0.0.1');
    for (let i = 0; i < 50; i += 1) {
      const socket = connect({ host: '127.0.0.1', port });
      socket.on('error', () => {});
      socket.once('connect', () => socket.resetAndDestroy());
      await once(socket, 'close');
    }
    for (const link of links) {
      link.write(new Uint8Array(10));
      link.end();
    }
    await setImmediate();
  });

  it('closes when the other side ends, even one that has sent all it had', async () => {
    const { socket, link, seen, open } = await accepted();
    open();
    socket.resume();
    socket.end(new Uint8Array(1_000));
    await until(() => seen.closed.length > 0);
    expect(seen).toEqual({ bytes: 1_000, closed: [null] });
    expect(link.write(new Uint8Array(1))).toBe(false);
  });

  it('frees the socket of a peer that neither reads nor ends', async () => {
    const { socket, link, seen, open } = await accepted();
    socket.pause();
    open();
    link.write(new Uint8Array(50_000_000));
    link.end();
    await setImmediate();
    expect(link.queuedBytes).toBeGreaterThan(0);
    link.destroy();
    await until(() => seen.closed.length > 0);
    expect(seen.closed).toEqual([null]);
  });

  it('frees the socket when destroyed after the end was sent', async () => {
    const server = createServer({ allowHalfOpen: true }).listen(0, '127.0.0.1');
    closers.push(() => server.close());
    server.on('connection', (socket) => {
      socket.on('error', () => {});
      closers.push(() => socket.destroy());
    });
    await once(server, 'listening');
    const address = server.address();
    const port = typeof address === 'object' && address ? address.port : 0;
    const result = await dial('127.0.0.1', port);
    if (!result.ok) throw result.error;
    const closed: (Error | null)[] = [];
    result.link.open({ data: () => {}, drain: () => {}, closed: (error) => closed.push(error) });
    result.link.end();
    for (let turn = 0; turn < 20; turn += 1) await setImmediate();
    expect(closed).toEqual([]);
    result.link.destroy();
    await until(() => closed.length > 0);
    expect(closed).toEqual([null]);
  });
});

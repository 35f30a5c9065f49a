import { afterEach, describe, expect, it } from 'vitest';
import type { Dialled, Endpoint, Link, Listener, Network } from '../../src/ports.ts';

/** Two machines (or one that stands for both), and a way to let time pass. */
export interface NetworkWorld {
  readonly near: Network;
  readonly far: Network;
  readonly farHost: string;
  readonly isEncrypted?: boolean;
  /** Lets things happen until the condition holds. */
  until(condition: () => boolean): Promise<void>;
  /** Lets everything happen that is under way. */
  quiet(): Promise<void>;
}

/** What every network has to do, whoever calls and whatever carries the bytes. */
export function networkContract(name: string, makeWorld: () => NetworkWorld): void {
  const closers: (() => void)[] = [];
  afterEach(() => {
    for (const close of closers.splice(0)) close();
  });

  /** A listener and what came of it. */
  async function listening(world: NetworkWorld, at: Partial<Endpoint> = {}) {
    const links: Link[] = [];
    const bound: Endpoint[] = [];
    const failures: (string | undefined)[] = [];
    const listener: Listener = world.far.listen(
      { host: world.farHost, port: 0, ...at },
      {
        listening: (endpoint) => bound.push(endpoint),
        link: (link) => {
          links.push(link);
          closers.push(() => link.destroy());
        },
        failed: ({ code }) => failures.push(code),
      },
    );
    closers.push(() => listener.close(() => {}));
    await world.until(() => bound.length + failures.length > 0);
    return { listener, links, failures, port: bound[0]?.port ?? 0 };
  }

  async function dial(world: NetworkWorld, port: number): Promise<Dialled> {
    const results: Dialled[] = [];
    world.near.dial({ host: world.farHost, port }, (result) => results.push(result));
    expect(results).toEqual([]);
    await world.until(() => results.length > 0);
    const [result] = results;
    if (!result) throw new Error('unanswered');
    return result;
  }

  async function connected(world: NetworkWorld) {
    const server = await listening(world);
    const result = await dial(world, server.port);
    if (!result.ok) throw result.error;
    const near = result.link;
    closers.push(() => near.destroy());
    await world.until(() => server.links.length > 0);
    const [far] = server.links;
    if (!far) throw new Error('not accepted');
    return { ...server, near, far };
  }

  /** Opens a link and writes down all that its handlers are told. */
  function opened(link: Link) {
    const seen = { chunks: [] as Uint8Array[], bytes: 0, drains: 0, closed: [] as unknown[] };
    const sum = () => seen.chunks.length + seen.drains + seen.closed.length;
    link.open({
      data: (chunk) => {
        expect(seen.closed).toEqual([]);
        seen.chunks.push(chunk);
        seen.bytes += chunk.length;
      },
      drain: () => {
        seen.drains += 1;
      },
      closed: (error) => seen.closed.push(error),
    });
    expect(sum()).toBe(0);
    return seen;
  }

  const text = (chunks: Uint8Array[]) => Buffer.concat(chunks).toString();
  const bytes = (value: string) => new TextEncoder().encode(value);

  describe(`${name}, as a network`, () => {
    it('knows both ends of a link alike', async () => {
      const { near, far, port } = await connected(makeWorld());
      expect(near.remote.port).toBe(port);
      expect(far.local).toEqual(near.remote);
      expect(far.remote).toEqual(near.local);
    });

    it('binds both ends of an encrypted link, and no plain one, before the first data', async () => {
      const world = makeWorld();
      const { near, far } = await connected(world);
      const bindings: (Uint8Array | null)[] = [];
      const note = (link: Link) => ({
        data: () => bindings.push(link.channelBinding),
        drain: () => {},
        closed: () => {},
      });
      near.open(note(near));
      far.open(note(far));
      near.write(bytes('hello'));
      far.write(bytes('hello'));
      await world.until(() => bindings.length === 2);
      const [mine, yours] = bindings;
      expect(mine?.length).toBe(world.isEncrypted ? 32 : undefined);
      expect(mine).toEqual(yours);
    });

    it('delivers every byte in order, however they are written and chopped', async () => {
      const world = makeWorld();
      const { near, far } = await connected(world);
      const [nearSeen, farSeen] = [opened(near), opened(far)];
      const words = Array.from({ length: 300 }, (_, i) => `${i}:${'x'.repeat((i * 37) % 900)};`);
      for (const word of words) near.write(bytes(word));
      for (const word of words) far.write(bytes(word.toUpperCase()));
      const expected = words.join('');
      await world.until(() => farSeen.bytes >= expected.length);
      await world.until(() => nearSeen.bytes >= expected.length);
      expect(text(farSeen.chunks)).toBe(expected);
      expect(text(nearSeen.chunks)).toBe(expected.toUpperCase());
      expect(near.queuedBytes).toBe(0);
      expect(near.flushedBytes).toBe(expected.length);
    });

    it('delivers nothing before the link is opened', async () => {
      const world = makeWorld();
      const { near, far } = await connected(world);
      near.write(bytes('early'));
      await world.quiet();
      const seen = opened(far);
      await world.until(() => seen.bytes === 5);
      expect(text(seen.chunks)).toBe('early');
    });

    it('asks the writer to wait for a reader who does not read, and to go on later', async () => {
      const world = makeWorld();
      const { near, far } = await connected(world);
      const nearSeen = opened(near);
      const chunk = new Uint8Array(262_144).fill(7);
      let written = 0;
      for (let i = 0; i < 64; i += 1) {
        near.write(chunk);
        written += chunk.length;
      }
      await world.quiet();
      expect(near.write(chunk)).toBe(false);
      written += chunk.length;
      expect(near.queuedBytes).toBeGreaterThan(65_536);
      expect(near.queuedBytes + near.flushedBytes).toBe(written);
      expect(nearSeen.drains).toBe(0);

      const farSeen = opened(far);
      await world.until(() => farSeen.bytes === written);
      await world.until(() => nearSeen.drains > 0);
      expect(near.queuedBytes).toBe(0);
      expect(near.flushedBytes).toBe(written);
    });

    it('sends what is queued before a graceful end, and closes both ends without an error', async () => {
      const world = makeWorld();
      const { near, far } = await connected(world);
      const [nearSeen, farSeen] = [opened(near), opened(far)];
      near.write(new Uint8Array(1_000_000));
      near.end();
      expect(near.write(bytes('late'))).toBe(false);
      await world.until(() => farSeen.closed.length + nearSeen.closed.length === 2);
      expect(farSeen.bytes).toBe(1_000_000);
      expect([nearSeen.closed, farSeen.closed]).toEqual([[null], [null]]);
    });

    it('closes a link that is ended without ever having been opened', async () => {
      const world = makeWorld();
      const { near, far } = await connected(world);
      const farSeen = opened(far);
      far.write(bytes('unheard'));
      near.write(bytes('no'));
      near.end();
      await world.until(() => farSeen.closed.length === 1);
      expect(text(farSeen.chunks)).toBe('no');
      const nearSeen = opened(near);
      await world.until(() => nearSeen.closed.length === 1);
    });

    it('resets the other end when destroyed', async () => {
      const world = makeWorld();
      const { near, far } = await connected(world);
      const [nearSeen, farSeen] = [opened(near), opened(far)];
      far.write(bytes('never read'));
      near.destroy();
      expect(nearSeen.closed).toEqual([]);
      await world.until(() => farSeen.closed.length + nearSeen.closed.length === 2);
      expect(nearSeen).toMatchObject({ closed: [null], bytes: 0 });
      expect(farSeen.closed).toMatchObject([{ code: 'ECONNRESET' }]);
    });

    it('says once that a link is closed, whatever is called afterwards', async () => {
      const world = makeWorld();
      const { near, far } = await connected(world);
      const [nearSeen, farSeen] = [opened(near), opened(far)];
      near.end();
      near.destroy();
      near.destroy();
      far.destroy();
      await world.until(() => farSeen.closed.length + nearSeen.closed.length === 2);
      near.end();
      near.destroy();
      expect(near.write(bytes('late'))).toBe(false);
      await world.quiet();
      expect([nearSeen.closed.length, farSeen.closed.length]).toEqual([1, 1]);
    });

    it('tells who opens a link that is closed already', async () => {
      const world = makeWorld();
      const { near } = await connected(world);
      near.destroy();
      await world.quiet();
      const seen = opened(near);
      await world.until(() => seen.closed.length === 1);
      expect(seen.closed).toEqual([null]);
    });

    it('refuses a dial when nobody listens', async () => {
      const world = makeWorld();
      const { listener, port } = await listening(world);
      let free = false;
      listener.close(() => {
        free = true;
      });
      await world.until(() => free);
      expect(await dial(world, port)).toMatchObject({ ok: false, failure: 'refused' });
    });

    it('never answers an aborted dial', async () => {
      const world = makeWorld();
      const { port } = await listening(world);
      const results: Dialled[] = [];
      const abort = world.near.dial({ host: world.farHost, port }, (r) => results.push(r));
      abort();
      abort();
      await world.quiet();
      expect(results).toEqual([]);
    });

    it('keeps the links of a listener that closes, and frees its port', async () => {
      const world = makeWorld();
      const { near, far, listener, port } = await connected(world);
      const farSeen = opened(far);
      let frees = 0;
      listener.close(() => {
        frees += 1;
      });
      expect(frees).toBe(0);
      await world.until(() => frees > 0);
      expect((await listening(world, { port })).failures).toEqual([]);
      near.write(bytes('still here'));
      await world.until(() => farSeen.bytes === 10);
      expect(frees).toBe(1);
    });

    it('closes a listener that does not listen yet, which then never does', async () => {
      const world = makeWorld();
      const told: string[] = [];
      const handlers = {
        listening: () => told.push('listening'),
        link: () => told.push('link'),
        failed: () => told.push('failed'),
      };
      const listener = world.far.listen({ host: world.farHost, port: 0 }, handlers);
      listener.close(() => told.push('free'));
      await world.until(() => told.length > 0);
      await world.quiet();
      expect(told).toEqual(['free']);
    });

    it('says that a port is in use', async () => {
      const world = makeWorld();
      const { port } = await listening(world);
      expect((await listening(world, { port })).failures).toEqual(['EADDRINUSE']);
    });

    it('says that an address is not of this machine', async () => {
      const world = makeWorld();
      expect((await listening(world, { host: '192.0.2.7' })).failures).toEqual(['EADDRNOTAVAIL']);
    });
  });
}

import { describe, expect, it } from 'vitest';
import type { Dialled, Link, Network } from '../../src/ports.ts';
import { TestClock } from '../../src/testing/clock.ts';
import { createMemoryNetwork } from '../../src/testing/memory-network.ts';
import { seededRandom } from '../../src/testing/random.ts';

const A = '10.0.0.1';
const B = '10.0.0.2';

function world() {
  const clock = new TestClock();
  const network = createMemoryNetwork({
    clock,
    random: seededRandom(3),
    latencyMs: { min: 1, max: 1 },
  });
  const [clockA, clockB] = [clock.node(), clock.node()];
  const hosts = { a: network.host(A, clockA), b: network.host(B, clockB) };
  return { clock, network, clockA, clockB, ...hosts };
}

function listen(host: Network, links: Link[] = []) {
  host.listen(
    { host: '0.0.0.0', port: 4369 },
    { listening: () => {}, link: (link) => links.push(link), failed: () => {} },
  );
  return links;
}

function dial(host: Network, to: string) {
  const results: Dialled[] = [];
  host.dial({ host: to, port: 4369 }, (result) => results.push(result));
  return results;
}

function opened(link: Link | undefined) {
  const seen = { bytes: 0, drains: 0, closed: [] as (Error | null)[] };
  link?.open({
    data: ({ length }) => {
      seen.bytes += length;
    },
    drain: () => {
      seen.drains += 1;
    },
    closed: (error) => seen.closed.push(error),
  });
  return seen;
}

function joined() {
  const all = world();
  const accepted = listen(all.b);
  const results = dial(all.a, B);
  all.clock.advance(10);
  const [result] = results;
  const [far] = accepted;
  if (!result?.ok || !far) throw new Error('not connected');
  const near = result.link;
  return { ...all, accepted, near, far, nearSeen: opened(near), farSeen: opened(far) };
}

describe('the memory network', () => {
  it('loses what is sent over a cut, both ways, and delivers it when it is sent again', () => {
    const { clock, network, near, far, nearSeen, farSeen } = joined();
    network.cut(A, B);
    near.write(new Uint8Array(10));
    far.write(new Uint8Array(20));
    // Sent again after 202, 606, 1,414, 3,030 and 6,262 ms.
    clock.advance(4_000);
    expect([nearSeen.bytes, farSeen.bytes]).toEqual([0, 0]);
    network.heal();
    clock.advance(2_262);
    expect([nearSeen.bytes, farSeen.bytes]).toEqual([0, 0]);
    clock.advance(2);
    expect([nearSeen.bytes, farSeen.bytes]).toEqual([20, 10]);
    expect([nearSeen.closed, farSeen.closed]).toEqual([[], []]);
  });

  it('fills the queue of a writer behind a cut, and drains it afterwards', () => {
    const { clock, network, near, nearSeen, farSeen } = joined();
    network.cut(A, B);
    expect(near.write(new Uint8Array(65_536))).toBe(true);
    expect(near.queuedBytes).toBe(0);
    expect(near.write(new Uint8Array(65_536))).toBe(true);
    expect(near.write(new Uint8Array(1))).toBe(false);
    clock.advance(60_000);
    expect([near.queuedBytes, near.flushedBytes]).toEqual([65_537, 65_536]);
    network.heal();
    clock.advance(60_000);
    expect([near.queuedBytes, near.flushedBytes]).toEqual([0, 131_073]);
    expect([farSeen.bytes, nearSeen.drains]).toEqual([131_073, 1]);
  });

  it('lets one direction through a one-way cut, as far as it goes without answers', () => {
    const { clock, network, near, far, nearSeen, farSeen } = joined();
    network.cutOneWay(B, A);
    for (let i = 0; i < 20; i += 1) near.write(new Uint8Array(10_000));
    far.write(new Uint8Array(5));
    clock.advance(1_000);
    expect([nearSeen.bytes, farSeen.bytes]).toEqual([0, 65_536]);
    network.heal();
    clock.advance(1_000);
    expect([nearSeen.bytes, farSeen.bytes]).toEqual([5, 200_000]);
  });

  it('lets dials hang at a cut, and answers them when healed', () => {
    const { clock, network, a, b } = world();
    listen(b);
    network.cutOneWay(B, A);
    const results = dial(a, B);
    // The SYN is sent again after 1, 3 and 7 seconds.
    clock.advance(6_900);
    expect(results).toEqual([]);
    network.heal();
    clock.advance(90);
    expect(results).toEqual([]);
    clock.advance(20);
    expect(results).toMatchObject([{ ok: true }]);
  });

  it('leaves nothing of a dial whose answer was lost, when nobody is there any more', () => {
    const { clock, network, a, b } = world();
    listen(b);
    network.cutOneWay(B, A);
    const results = dial(a, B);
    clock.advance(100);
    network.crash(B);
    network.heal();
    clock.advance(1_000);
    expect(results).toMatchObject([{ ok: false, failure: 'refused' }]);
    expect(network.linkCount(A)).toBe(0);
  });

  it('cannot reach a machine that never was', () => {
    const { clock, a } = world();
    const results = dial(a, '10.9.9.9');
    clock.advance(10);
    expect(results).toMatchObject([{ ok: false, failure: 'unreachable' }]);
  });

  it('resets the links of a machine that crashes, whose own code hears nothing more', () => {
    const { clock, network, a, near, nearSeen, farSeen } = joined();
    near.write(new Uint8Array(10));
    network.crash(B);
    clock.advance(10);
    expect(nearSeen.closed).toMatchObject([{ code: 'ECONNRESET' }]);
    expect(farSeen).toEqual({ bytes: 0, drains: 0, closed: [] });
    const results = dial(a, B);
    clock.advance(10);
    expect(results).toMatchObject([{ ok: false, failure: 'refused' }]);
    expect([network.linkCount(A), network.linkCount(B)]).toEqual([0, 0]);
  });

  it('ends one process of a machine, and leaves the others alone', () => {
    const { clock, network, a, b, nearSeen } = joined();
    const other = network.host(B, clock.node());
    const links: Link[] = [];
    other.listen(
      { host: B, port: 5_000 },
      { listening: () => {}, failed: () => {}, link: (link) => links.push(link) },
    );
    const results: Dialled[] = [];
    a.dial({ host: B, port: 5_000 }, (result) => results.push(result));
    clock.advance(10);
    const seen = opened(links[0]);
    network.kill(b);
    clock.advance(10);
    expect(nearSeen.closed).toMatchObject([{ code: 'ECONNRESET' }]);
    expect([seen.closed, network.linkCount(B), results.length]).toEqual([[], 1, 1]);
  });

  it('tells nobody of a power loss until the machine is back and something is sent', () => {
    const { clock, network, a, clockB, near, nearSeen } = joined();
    network.vanish(B);
    clockB.stop();
    near.write(new Uint8Array(10));
    const results = dial(a, B);
    clock.advance(60_000);
    expect(nearSeen.closed).toEqual([]);
    expect(results).toEqual([]);
    listen(network.host(B, clock.node()));
    clock.advance(60_000);
    expect(nearSeen.closed).toMatchObject([{ code: 'ECONNRESET' }]);
    expect(results).toMatchObject([{ ok: true }]);
  });

  it('resets an idle link to a restarted machine at the first write', () => {
    const { clock, network, near, nearSeen } = joined();
    network.vanish(B);
    network.host(B, clock.node());
    clock.advance(10);
    expect(nearSeen.closed).toEqual([]);
    near.write(new Uint8Array(1));
    clock.advance(10);
    expect(nearSeen.closed).toMatchObject([{ code: 'ECONNRESET' }]);
  });

  it('keeps for a frozen process what arrives, connections too', () => {
    const { clock, clockB, a, near, farSeen, accepted } = joined();
    clockB.freeze();
    near.write(new Uint8Array(10));
    const results = dial(a, B);
    clock.advance(5_000);
    expect(results).toMatchObject([{ ok: true }]);
    expect([farSeen.bytes, accepted.length]).toEqual([0, 1]);
    clockB.thaw();
    clock.advance(0);
    expect([farSeen.bytes, accepted.length]).toEqual([10, 2]);
  });

  it('serves several processes on one machine, over loopback too', () => {
    const { clock, network, b } = world();
    listen(b);
    const results = dial(network.host(B), '127.0.0.1');
    clock.advance(10);
    expect(results).toMatchObject([{ ok: true, link: { remote: { host: '127.0.0.1' } } }]);
  });

  it('resolves names from a record that may change', () => {
    const { clock, network } = world();
    const names: Record<string, string[]> = { 'db.local': ['10.0.0.1', '10.0.0.2'] };
    const resolver = network.resolver(names);
    const answers: unknown[] = [];
    const ask = (host: string) => resolver.resolve(host, (result) => answers.push(result));
    ask('db.local');
    ask('10.0.0.9');
    ask('nowhere');
    ask('db.local')();
    clock.advance(10);
    names['db.local'] = ['10.0.0.3'];
    ask('db.local');
    clock.advance(10);
    expect(answers).toMatchObject([
      { ok: true, addresses: ['10.0.0.9'] },
      { ok: true, addresses: ['10.0.0.1', '10.0.0.2'] },
      { ok: false },
      { ok: true, addresses: ['10.0.0.3'] },
    ]);
  });
});

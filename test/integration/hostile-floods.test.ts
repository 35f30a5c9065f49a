/** A member that knows the secret and says too much: bounded time, bounded memory, no victims. */
import { describe, expect, onTestFinished, test } from 'vitest';
import { encode } from '../../src/wire/codec.ts';
import { FRAME } from '../../src/wire/frame.ts';
import { encodeControl, type WireEntry } from '../../src/wire/messages.ts';
import { Insider } from '../support/insider.ts';
import { WatchedMesh } from '../support/watched-mesh.ts';

const IS_FULL = process.env.HOSTILE_FULL === '1';
const FACTOR = IS_FULL ? 10 : 1;
const MAX_STALL_MS = 150;
const MAX_GROWTH_BYTES = 16 * 1_048_576;
const MAX_NODES = 2_048;

/** As many as fit into one record. */
const PINGS_PER_RECORD = 21_000;
const PULLS_PER_RECORD = 9_000;

const RECONNECT_AS_BY_DEFAULT = { reconnectBaseDelayMs: 1_000, reconnectMaxDelayMs: 30_000 };

/** Written by hand, since the encoder takes three bytes for an empty map. */
const SMALL_MAPS = Buffer.concat([
  Uint8Array.of(0x92, 0x05, 0x92, 0x01, 0xdc, 0xfd, 0xe8),
  Buffer.alloc(65_000, 0x80),
]);

async function startMesh(): Promise<WatchedMesh> {
  const mesh = await WatchedMesh.start(onTestFinished, RECONNECT_AS_BY_DEFAULT);
  mesh.mark();
  return mesh;
}

function filled<T>(length: number, make: (index: number) => T): T[] {
  return Array.from({ length }, (_, index) => make(index));
}

/** The victim has read everything before: its answer comes after all others. */
async function untilRead(insider: Insider): Promise<void> {
  const nonce = 0xfeed;
  insider.tell({ type: 'ping', nonce });
  await insider.waitFor('pong', (pong) => pong.nonce === nonce);
}

function entry(index: number, changes: Partial<WireEntry> = {}): WireEntry {
  const uid = index.toString(16).padStart(32, '0');
  return {
    ...{ id: `x${index}@127.0.0.98:1`, uid, incarnation: 1, state: 'left', ageMs: 0 },
    ...changes,
  };
}

function view(entries: readonly WireEntry[], pull = false): Uint8Array {
  return encodeControl([{ type: 'view', after: '', upTo: null, pull, entries }]);
}

/** The peers of the victim feel no stall, and nobody goes down, before and after. */
async function expectNoStall(mesh: WatchedMesh, attack: () => Promise<void>): Promise<void> {
  const pinged = await mesh.during(attack);
  await mesh.expectUnaffected();
  expect(pinged.failed).toBe(0);
  expect(pinged.count).toBeGreaterThan(0);
  expect(pinged.longestStallMs).toBeLessThan(MAX_STALL_MS);
}

async function expectMemoryBack(mesh: WatchedMesh, beforeBytes: number): Promise<void> {
  const { heapBytes } = await mesh.victim.memory();
  expect(heapBytes - beforeBytes).toBeLessThan(MAX_GROWTH_BYTES);
}

describe('a flood by a member', () => {
  test.each([
    ['pings', encode(filled(PINGS_PER_RECORD, () => [4, [1]]).flat())],
    ['pongs', encode(filled(PINGS_PER_RECORD, () => [5, [1]]).flat())],
    ['optional messages of a later release', encode(filled(20_000, () => [200, []]).flat())],
    ['small maps in surplus fields', SMALL_MAPS],
    ['long texts in surplus fields', encode([5, [1, filled(20_000, () => 'ab')]])],
    ['hellos', encode(filled(900, () => [1, [1, 0, 1, 0, Buffer.alloc(8), [], []]]).flat())],
    ['heartbeats', encode(filled(2_000, () => [2, [1, 0, 1, 1, 0, Buffer.alloc(8)]]).flat())],
  ])('of %s stalls nobody', async (_, body) => {
    const mesh = await startMesh();
    const before = await mesh.victim.memory();
    await expectNoStall(mesh, async () => {
      const insider = await Insider.join(mesh.victim.port);
      for (let record = 0; record < 20 * FACTOR; record += 1) {
        insider.send(body);
        await untilRead(insider);
      }
      insider.stranger.leave();
    });
    await expectMemoryBack(mesh, before.heapBytes);
  });

  test('of new keys stalls nobody', async () => {
    const mesh = await startMesh();
    await expectNoStall(mesh, async () => {
      const insider = await Insider.join(mesh.victim.port);
      for (let rekeys = 0; rekeys < 3_000 * FACTOR; rekeys += 1) insider.ratchet();
      await untilRead(insider);
      insider.stranger.leave();
    });
  });

  test('of calls for the whole view stalls nobody, however large the view is', async () => {
    const mesh = await startMesh();
    const insider = await Insider.join(mesh.victim.port);
    for (let chunk = 0; chunk < 16; chunk += 1) {
      insider.send(view(filled(250, (index) => entry(250 * chunk + index))));
    }
    await untilRead(insider);
    const before = await mesh.victim.memory();
    await expectNoStall(mesh, async () => {
      const pulls = encode(filled(PULLS_PER_RECORD, () => [3, ['', null, true, []]]).flat());
      insider.send(pulls);
      insider.tell({ type: 'ping', nonce: 1 });
      await Promise.race([insider.stranger.closed, insider.waitFor('pong')]);
    });
    insider.stranger.leave();
    await expectMemoryBack(mesh, before.heapBytes);
  });

  test('of many more nodes than the view may hold leaves it at its permitted size', async () => {
    const mesh = await startMesh();
    const before = await mesh.victim.memory();
    await expectNoStall(mesh, async () => {
      const insider = await Insider.join(mesh.victim.port);
      for (let chunk = 0; chunk < 10 * FACTOR; chunk += 1) {
        const entries = filled(1_000, (index) => entry(1_000 * chunk + index, { state: 'alive' }));
        insider.send(view(entries));
        await untilRead(insider);
      }
      insider.stranger.leave();
    });
    expect((await mesh.victim.getNodes()).length).toBeLessThan(MAX_NODES);
    await expectMemoryBack(mesh, before.heapBytes);
  });

  test('of false news about another member brings nobody down', async () => {
    const mesh = await startMesh();
    const [{ id }] = mesh.others;
    await expectNoStall(mesh, async () => {
      const insider = await Insider.join(mesh.victim.port);
      for (let record = 0; record < 20 * FACTOR; record += 1) {
        insider.send(
          view(
            filled(1_000, (index) => {
              const incarnation = Number.MAX_SAFE_INTEGER - 100_000 + 1_000 * record + index;
              return entry(1, { id, incarnation, state: 'down' });
            }),
          ),
        );
        await untilRead(insider);
      }
      insider.stranger.leave();
    });
  });
});

/** As many as fit into one record. */
const repeatedly = (message: readonly number[]) =>
  Buffer.alloc(Math.floor(65_536 / message.length) * message.length, Uint8Array.from(message));

describe('a flood for actors by a member', () => {
  test.each([
    ['asks of nobody', repeatedly([0x02, 0x63, 0x01, 0x01, 0x05, 0xc0])],
    ['nonsense for the service', repeatedly([0x02, 0x00, 0x01, 0x01, 0x05, 0x91, 0xc0])],
    [
      'small maps',
      Buffer.concat([Uint8Array.of(0x01, 0x63, 0xdc, 0xfd, 0xe8), Buffer.alloc(65_000, 0x80)]),
    ],
  ])('of %s stalls nobody', async (_, body) => {
    const mesh = await startMesh();
    const before = await mesh.victim.memory();
    await expectNoStall(mesh, async () => {
      const insider = await Insider.join(mesh.victim.port);
      for (let burst = 0; burst < 5 * FACTOR; burst += 1) {
        for (let record = 0; record < 4; record += 1) insider.send(body, FRAME.data);
        await untilRead(insider);
      }
      insider.stranger.leave();
    });
    await expectMemoryBack(mesh, before.heapBytes);
  });
});

describe('a member that does not read', () => {
  test('is cut off before its answers fill the memory', async () => {
    const mesh = await startMesh();
    const before = await mesh.victim.memory();
    await mesh.during(async () => {
      const insider = await Insider.join(mesh.victim.port);
      const { uid } = insider.self;
      insider.stranger.socket.pause();
      const pings = encode(filled(PINGS_PER_RECORD, () => [4, [1]]).flat());
      for (let record = 0; record < 200 && !insider.stranger.isClosed; record += 1) {
        insider.send(pings);
        await new Promise(setImmediate);
      }
      const closed = await mesh.victim.journal.waitForEvent('session.closed', 20_000, {
        where: (event) => event.uid === uid,
      });
      expect(closed.cause).toBe('stalled');
      insider.stranger.leave();
    });
    await mesh.expectUnaffected();
    await expectMemoryBack(mesh, before.heapBytes);
  });
});

describe('the highest number there is', () => {
  test('told as an incarnation of the victim does not cut it off from its peers', async () => {
    const mesh = await startMesh();
    const { insider } = await Insider.knock(mesh.victim.port);
    insider.tell(insider.hello({ knownIncarnation: Number.MAX_SAFE_INTEGER }));
    await untilRead(insider);
    // Two beats with whatever the victim now calls its incarnation.
    await insider.waitFor('heartbeat');
    await insider.waitFor('heartbeat');
    insider.stranger.leave();
    await mesh.expectUnaffected();
  });
});

/** A node that knows the secret and has gone mad: it loses its session, and nobody else notices. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { encode } from '../../src/wire/codec.ts';
import { FRAME } from '../../src/wire/frame.ts';
import type { ControlMessage, WireEntry } from '../../src/wire/messages.ts';
import { bareHeader, Insider, laterLife } from '../support/insider.ts';
import { WatchedMesh } from '../support/watched-mesh.ts';

const CLOSE_MS = 1_000;
const MAX_RECORD_BYTES = 65_536;
const TAG_BYTES = 32;

const ends: (() => Promise<void>)[] = [];
let mesh: WatchedMesh;

beforeAll(async () => {
  mesh = await WatchedMesh.start((end) => ends.push(end));
});

afterAll(async () => {
  await Promise.all(ends.map((end) => end()));
});

beforeEach(() => mesh.mark());

function repeated(byte: number, times: number): Buffer {
  return Buffer.alloc(times, byte);
}

/** The ends of the insider's sessions, as the victim saw them. */
function endings(insider: Insider): string[] {
  return mesh.victim.journal
    .events('session.closed')
    .filter(({ uid }) => uid === insider.self.uid)
    .map(({ cause }) => cause);
}

async function expectEnd(insider: Insider, cause = 'tampered'): Promise<void> {
  await insider.stranger.waitForClose(CLOSE_MS);
  const { uid } = insider.self;
  const where = (event: { uid: string }) => event.uid === uid;
  const { journal } = mesh.victim;
  expect(await journal.waitForEvent('session.closed', CLOSE_MS, { where })).toMatchObject({
    cause,
  });
}

async function expectEndAlone(insider: Insider, cause?: string): Promise<void> {
  await expectEnd(insider, cause);
  await mesh.expectUnaffected();
  expect(endings(insider)).toHaveLength(1);
}

const BODIES: readonly (readonly [string, Uint8Array])[] = [
  ['no bytes', new Uint8Array(0)],
  ['a batch that is no array', encode({ 1: [] })],
  ['a batch with half a message', encode([4])],
  ['a message type that is no number', encode(['ping', [1]])],
  ['a negative message type', encode([-1, []])],
  ['the byte that MessagePack never uses', Uint8Array.of(0xc1)],
  ['a value that is cut off', Uint8Array.of(0x92, 0x04)],
  ['bytes after the value', Uint8Array.of(0x90, 0x90)],
  ['nesting of 60,000', repeated(0x91, 60_000)],
  ['an array that claims 4,294,967,295 values', Uint8Array.of(0xdd, 0xff, 0xff, 0xff, 0xff)],
  ['a map that claims 4,294,967,295 values', Uint8Array.of(0xdf, 0xff, 0xff, 0xff, 0xff)],
  ['a string that claims 4 GiB', Uint8Array.of(0xdb, 0xff, 0xff, 0xff, 0xff)],
  ['an extension that reserves memory', Uint8Array.of(0xd4, 0x70, 0x01)],
  ['a record structure', Uint8Array.of(0xd4, 0x72, 0x40, 0x91, 0xa1, 0x61)],
  ['65,533 empty maps', Buffer.concat([Uint8Array.of(0xdc, 0xff, 0xfd), repeated(0x80, 65_533)])],
  ['a map with numbers for keys', Uint8Array.of(0x81, 0x01, 0x01)],
];

/** Messages for actors: `send` is 1, target, value; `ask` is 2, target, ask (two), limit, value. */
const DATA_BODIES: readonly (readonly [string, Uint8Array])[] = [
  ['a code that is none', Uint8Array.of(0xa1, 0x61)],
  ['a code of a later release', Uint8Array.of(0x09, 0x01, 0x00)],
  ['a negative target', Uint8Array.of(0x01, 0xff, 0x00)],
  ['a message that is cut off', Uint8Array.of(0x02, 0x01, 0x00)],
  ['a value that is cut off', Uint8Array.of(0x01, 0x01, 0x92, 0x00)],
  ['nesting of 60,000', Buffer.concat([Uint8Array.of(0x01, 0x01), repeated(0x91, 60_000)])],
  ['an array of 4 GiB', Uint8Array.of(0x01, 0x01, 0xdd, 0xff, 0xff, 0xff, 0xff)],
  ['a byte string of 4 GiB', Uint8Array.of(0x01, 0x01, 0xc6, 0xff, 0xff, 0xff, 0xff)],
  ['an extension of 4 GiB', Uint8Array.of(0x01, 0x01, 0xc9, 0xff, 0xff, 0xff, 0xff, 0x01)],
  ['a record structure', Uint8Array.of(0x01, 0x01, 0xd4, 0x72, 0x40)],
  [
    'a prototype as key',
    Buffer.concat([
      Uint8Array.of(0x01, 0x01),
      encode({ x: 1 }).subarray(0, 1),
      Buffer.from('\xa9__proto__\x01', 'latin1'),
    ]),
  ],
  ['a reference to nobody', Uint8Array.of(0x01, 0x01, 0xc9, 0, 0, 0, 1, 0x05, 0xc0)],
];

describe('a body that no sound node would send', () => {
  test.each(BODIES)('%s ends that session alone', async (_, body) => {
    const insider = await Insider.join(mesh.victim.port);
    insider.send(body);
    await expectEndAlone(insider);
  });

  test.each(DATA_BODIES)('for actors: %s ends that session alone', async (_, body) => {
    const insider = await Insider.join(mesh.victim.port);
    insider.send(body, FRAME.data);
    await expectEndAlone(insider);
  });

  test('parts of a message that is larger than the limit end that session alone', async () => {
    const insider = await Insider.join(mesh.victim.port);
    for (let part = 0; part < 17; part += 1) insider.send(repeated(0xc0, 65_536), FRAME.part);
    await expectEndAlone(insider, 'too_large');
  });

  test('a mandatory message of a later release ends that session alone, and says why', async () => {
    const insider = await Insider.join(mesh.victim.port);
    insider.send(encode([77, []]));
    await expectEndAlone(insider, 'version');
  });

  test('a body that claims more than a record may hold is not waited for', async () => {
    const insider = await Insider.join(mesh.victim.port);
    insider.stranger.say(bareHeader(MAX_RECORD_BYTES + TAG_BYTES + 6, FRAME.control));
    await expectEndAlone(insider);
  });

  test.each([
    ['a data record', FRAME.data],
    ['a second greeting', FRAME.hello],
    ['a refusal', FRAME.reject],
  ])('%s where only control belongs ends that session alone', async (_, type) => {
    const insider = await Insider.join(mesh.victim.port);
    insider.send(encode([4, [1]]), type);
    await expectEndAlone(insider);
  });
});

const ENTRY: WireEntry = {
  id: 'x@127.0.0.98:4998',
  uid: 'ab'.repeat(16),
  incarnation: 1,
  state: 'left',
  ageMs: 0,
};
const FIELDS_OF_ENTRY = [ENTRY.id, Buffer.from(ENTRY.uid, 'hex'), 1, 2, 0];

/** By message code: fields as they should be, and how many of them are looked at. */
const SOUND: ReadonlyMap<number, readonly unknown[]> = new Map<number, readonly unknown[]>([
  [1, [1, 0, 1, 0, Buffer.alloc(8), [FIELDS_OF_ENTRY], []]],
  [2, [1, 0, 1, 1, 0, Buffer.alloc(8)]],
  [3, ['', null, false, [FIELDS_OF_ENTRY]]],
  [4, [1]],
  [5, [1]],
  [6, [1]],
  [8, [Buffer.alloc(16), 1]],
  [128, ['127.0.0.1:1', 'refused']],
]);

// A value of each kind that is right in none of the fields.
const WRONG: readonly unknown[] = [
  undefined,
  new Date(0),
  Number.NaN,
  -7,
  { length: 1 },
  2n ** 63n,
];

const WRONG_FIELDS = [...SOUND].flatMap(([code, fields]) =>
  fields.map((_, index) => [code, index] as const),
);

describe('a message with a field of the wrong type', () => {
  test.each(WRONG_FIELDS)('message %i, field %i: ends that session alone', async (code, index) => {
    const fields = SOUND.get(code) ?? [];
    for (const value of code === 4 || code === 5 ? WRONG.slice(0, 3) : WRONG) {
      const insider = await Insider.join(mesh.victim.port);
      insider.send(encode([code, fields.map((right, at) => (at === index ? value : right))]));
      await expectEnd(insider);
    }
    await mesh.expectUnaffected();
  });

  test.each([
    ['of four fields', FIELDS_OF_ENTRY.slice(0, 4)],
    ['with a short uid', FIELDS_OF_ENTRY.with(1, Buffer.alloc(15))],
    ['with an id of 331 bytes', FIELDS_OF_ENTRY.with(0, `x@${'h'.repeat(327)}:1`)],
    ['with a fourth state', FIELDS_OF_ENTRY.with(3, 3)],
    ['with an incarnation that is no integer', FIELDS_OF_ENTRY.with(2, 2 ** 53)],
    ['with a negative age', FIELDS_OF_ENTRY.with(4, -1)],
    ['that is a map', { id: ENTRY.id }],
  ])('a view with an entry %s ends that session alone', async (_, entry) => {
    const insider = await Insider.join(mesh.victim.port);
    insider.send(encode([3, ['', null, false, [entry]]]));
    await expectEndAlone(insider);
  });
});

/** The session lives: the victim answers what was sent after the messages. */
async function expectHarmless(insider: Insider, ...messages: ControlMessage[]): Promise<void> {
  insider.tell(...messages);
  insider.tell({ type: 'ping', nonce: 424_242 });
  await insider.waitFor('pong', ({ nonce }) => nonce === 424_242);
  await mesh.expectUnaffected();
  expect(endings(insider)).toEqual([]);
  insider.stranger.leave();
}

const HEARTBEAT: ControlMessage = {
  type: 'heartbeat',
  sequence: 1,
  heardAgeMs: -1,
  incarnation: 1,
  uptimeMs: 1,
  processCount: 0,
  digest: '00'.repeat(8),
};

function view(entries: readonly WireEntry[], pull = false): ControlMessage {
  return { type: 'view', after: '', upTo: null, pull, entries };
}

describe('a message that is right in form and wrong in this place', () => {
  test('a second hello changes nothing', async () => {
    const insider = await Insider.join(mesh.victim.port);
    await expectHarmless(insider, insider.hello(), insider.hello({ incarnation: 1 }));
  });

  test('a heartbeat before the hello makes nobody a member', async () => {
    const self = laterLife('quiet@127.0.0.97:1');
    const { insider } = await Insider.knock(mesh.victim.port, { self });
    await expectHarmless(insider, HEARTBEAT, HEARTBEAT);
    const ups = mesh.victim.journal.all((entry) =>
      entry.type === 'up' ? entry.nodeId : undefined,
    );
    expect(ups).not.toContain(self.id);
  });

  test('messages for actors that are not there, or make no sense, are dropped', async () => {
    const insider = await Insider.join(mesh.victim.port);
    const toNobody = Uint8Array.of(0x01, 0x63, 0xc0);
    const answerToNobody = Uint8Array.of(0x03, 0x01, 0x01, 0xc0);
    const failureToNobody = Uint8Array.of(0x04, 0x01, 0x01, 0xc0);
    const cancelsNothing = Uint8Array.of(0x05, 0x01, 0x01);
    const nonsenseToService = Uint8Array.of(0x01, 0x00, 0xc0);
    const askOfNobody = Uint8Array.of(0x02, 0x63, 0x01, 0x01, 0x05, 0xc0);
    const askOfService = Uint8Array.of(0x02, 0x00, 0x01, 0x01, 0x05, 0x91, 0xc0);
    const all = [toNobody, answerToNobody, failureToNobody, cancelsNothing, nonsenseToService];
    insider.send(Buffer.concat([...all, askOfNobody, askOfService]), FRAME.data);
    insider.tell({ type: 'ping', nonce: 7 });
    await insider.waitFor('pong', ({ nonce }) => nonce === 7);
    insider.stranger.leave();
    await mesh.expectUnaffected();
  });

  test('answers that nobody asked for are dropped', async () => {
    const insider = await Insider.join(mesh.victim.port);
    const nonces = Array.from({ length: 5_000 }, (_, nonce) => nonce);
    await expectHarmless(
      insider,
      ...nonces.map((nonce) => ({ type: 'pong', nonce }) as const),
      { type: 'pong', nonce: Number.MAX_VALUE },
      { type: 'leaveAck' },
    );
  });

  test('what follows a goodbye is not read', async () => {
    const insider = await Insider.join(mesh.victim.port);
    const { incarnation } = insider.self;
    const rumour = { ...ENTRY, id: 'rumour@127.0.0.96:1', incarnation: 9 };
    insider.tell({ type: 'leave', incarnation }, view([rumour]), { type: 'leave', incarnation });
    insider.tell(view([rumour]), HEARTBEAT);
    await expectEndAlone(insider, 'left');
    const nodes = await mesh.victim.getNodes();
    expect(nodes.map(({ id }) => id)).not.toContain(rumour.id);
  });

  test('entries with ids that are none, and lies about the victim itself, are dropped', async () => {
    const insider = await Insider.join(mesh.victim.port);
    const { id } = mesh.victim;
    await expectHarmless(
      insider,
      view(
        ['', '@', 'no-at', 'a@b', 'a@b:0', 'a@b:99999', 'A b@c:1', '__proto__'].map((odd) => ({
          ...ENTRY,
          id: odd,
        })),
      ),
      view([{ ...ENTRY, id, state: 'alive', incarnation: Number.MAX_SAFE_INTEGER }]),
      view([{ ...ENTRY, id, state: 'alive' }]),
      view([{ ...ENTRY, id, uid: '00'.repeat(16), state: 'down' }]),
    );
    const conflicts = mesh.victim.journal.events('name.conflict');
    expect(conflicts).toMatchObject([{ nodeId: id }]);
  });
});

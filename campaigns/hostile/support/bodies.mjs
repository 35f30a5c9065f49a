// Bodies with a right signature and hostile content, and what the protocol says to each.
import { encode, FRAME } from '../../../dist/parts.js';

const HIGHEST = Number.MAX_SAFE_INTEGER;
const EXT_CODES = [0x01, 0x42, 0x62, 0x65, 0x69, 0x70, 0x72, 0x73, 0x74, 0x78, 0x7f, 0x80, 0xfe];
const ODD_IDS = ['', '@', 'no-at', 'a@b', 'a@b:0', 'a@b:99999', 'A b@c:1', '__proto__', '@:1'];
/** More names than that would only measure how long it takes to dial them all. */
const NAMES = 60;

// A value of each kind that is right in none of the fields.
const WRONG = [undefined, new Date(0), Number.NaN, -7, { length: 1 }, 2n ** 63n, [[]], '\u{1f4a9}'];

const filled = (length, make) => Array.from({ length }, (_, index) => make(index));
const repeated = (bytes, times) => Buffer.concat(filled(times, () => Uint8Array.from(bytes)));

/**
 * @typedef {object} Body
 * @property {Uint8Array} body
 * @property {number} [type] Of the record, when it is not control.
 * @property {string | null} ends The cause with which the session must end; null: it goes on.
 */
export class Bodies {
  #random;
  #legitimate;
  #peerUid;
  #kinds;

  /** `legitimate`: ids to lie about, the attacked node first. */
  constructor(random, legitimate, peerUid) {
    this.#random = random;
    this.#legitimate = legitimate;
    this.#peerUid = peerUid;
    const tampered = (body, type) => ({ body, type, ends: 'tampered' });
    const harmless = (...slots) => ({ body: encode(slots), ends: null });
    this.#kinds = [
      () => tampered(repeated([0x91], 65 + this.#below(60_000))),
      () =>
        tampered(
          Buffer.concat([repeated([0x81, 0xa1, 0x61], 65 + this.#below(20_000)), Uint8Array.of(0)]),
        ),
      () => tampered(Buffer.concat([Uint8Array.of(0xdc, 0xff, 0xfd), Buffer.alloc(65_533, 0x80)])),
      () => tampered(this.#claim()),
      () => tampered(this.#ext()),
      () => tampered(Uint8Array.of(0xc1)),
      () => tampered(Uint8Array.of(0x81, 0x01, 0x01)),
      () => tampered(Buffer.concat([encode([4, [1]]), random.bytes(1 + this.#below(9))])),
      () => tampered(this.#sound().slice(0, -1 - this.#below(3))),
      () => tampered(random.bytes(20 + this.#below(2_000))),
      () => tampered(encode(this.#wrongField())),
      () => tampered(encode(this.#wrongField())),
      () => tampered(encode(this.#wrongEntry())),
      () =>
        tampered(
          encode(pick(random, [{ 1: [] }, [4], ['ping', [1]], [-1, []], [256, []], [4.5, [1]]])),
        ),
      () => tampered(encode([4, [1]]), pick(random, [FRAME.data, FRAME.hello, FRAME.reject])),
      () => ({ body: encode([77 + this.#below(51), [1]]), ends: 'version' }),
      () => ({ body: encode([6, [pick(random, [0, 1, HIGHEST])]]), ends: 'left' }),
      () => ({ body: encode([9, []]), ends: 'hangup' }),
      () => harmless(200 + this.#below(56), this.#anything()),
      () => harmless(...filled(1_000, () => [200, []]).flat()),
      () => harmless(4, [1, this.#deep(50)], 5, [1, filled(5_000, () => 'ab')]),
      () => ({ body: this.#poison(), ends: null }),
      () => harmless(...filled(1 + this.#below(200), () => this.#hello()).flat()),
      () => harmless(...filled(1_000, () => [4, [1]]).flat()),
      () => harmless(...filled(1_000, () => [5, [this.#below(9_000)]]).flat()),
      () => harmless(...filled(200, () => this.#heartbeat()).flat()),
      () => harmless(7, [], 7, [], 7, []),
      () => harmless(8, [random.bytes(16), HIGHEST], 8, [this.#uidOfPeer(), HIGHEST]),
      () => harmless(128, ['127.0.0.1:1\n\u001b[31m', 'refused'.repeat(100)]),
      () => harmless(...this.#contacts()),
      () => harmless(3, ['', null, this.#coin(), filled(30, () => this.#entry(this.#newName()))]),
      () => harmless(3, ['', null, false, filled(30, () => this.#entry(this.#lieAbout()))]),
      () => harmless(3, ['', null, false, ODD_IDS.map((id) => this.#entry(id))]),
      () => harmless(...filled(20, () => [3, ['', null, true, []]]).flat()),
      () => harmless(3, ['z', 'a', true, [this.#entry(this.#lieAbout())]]),
    ];
  }

  get kinds() {
    return this.#kinds.length;
  }

  next() {
    return pick(this.#random, this.#kinds)();
  }

  #below(limit) {
    return Math.floor(this.#random.float() * limit);
  }

  #coin() {
    return this.#random.float() < 0.5;
  }

  #uidOfPeer() {
    return Buffer.from(this.#peerUid, 'hex');
  }

  /** A header whose length is not there. */
  #claim() {
    const header = Buffer.alloc(5 + this.#below(64));
    header[0] = pick(this.#random, [0xdd, 0xdf, 0xdb, 0xc6]);
    header.writeUInt32BE(
      pick(this.#random, [0xffff_ffff, 0x8000_0000, 0x7fff_ffff, 0x0010_0000]),
      1,
    );
    return header;
  }

  #ext() {
    const code = pick(this.#random, EXT_CODES);
    const payload = this.#random.bytes(16);
    const heads = [
      [0xd4],
      [0xd6],
      [0xd8],
      [0xc7, 16],
      [0xc8, 0, 16],
      [0xc9, 0xff, 0xff, 0xff, 0xff],
    ];
    return Buffer.concat([Uint8Array.from([...pick(this.#random, heads), code]), payload]);
  }

  #anything() {
    return pick(this.#random, [null, -1, 'text', [1, [2, [3]]], { a: { b: 1 } }, this.#deep(40)]);
  }

  #deep(levels) {
    return levels === 0 ? [] : [this.#deep(levels - 1)];
  }

  /** Keys that would reach a prototype, in a field that nobody reads. By hand: no object has them. */
  #poison() {
    const key = pick(this.#random, ['__proto__', 'constructor', 'prototype', 'toString']);
    const map = Buffer.concat([
      Uint8Array.of(0x81, 0xa0 + key.length),
      Buffer.from(key),
      encode({ polluted: true }),
    ]);
    return Buffer.concat([Uint8Array.of(0x92, 0x04, 0x92, 0x01), map]);
  }

  #hello() {
    return [1, [pick(this.#random, [0, 1, HIGHEST]), 0, 1, 0, this.#random.bytes(8), [], []]];
  }

  #heartbeat() {
    const incarnation = pick(this.#random, [0, 1, HIGHEST]);
    return [2, [HIGHEST, -1, incarnation, 1e300, HIGHEST, this.#random.bytes(8)]];
  }

  #contacts() {
    return filled(200, () => {
      const id = this.#coin() ? this.#lieAbout() : this.#newName();
      return this.#coin()
        ? [129, [id, this.#random.bytes(16)]]
        : [130, [id, this.#random.bytes(16), pick(this.#random, [-1, 0, 1e300])]];
    }).flat();
  }

  #entry(id) {
    const incarnation = pick(this.#random, [0, 1, HIGHEST - 1, HIGHEST]);
    const ageMs = pick(this.#random, [0, 1, 1e12, 1e300]);
    return [id, this.#random.bytes(16), incarnation, this.#below(3), ageMs];
  }

  #newName() {
    return `many${this.#below(NAMES)}@127.0.0.98:1`;
  }

  #lieAbout() {
    return pick(this.#random, this.#legitimate);
  }

  /** A batch of one message of every kind. */
  #sound() {
    return encode(soundMessages().flat());
  }

  #wrongField() {
    const [code, fields] = pick(
      this.#random,
      soundMessages().filter(([, all]) => all.length > 0),
    );
    const at = this.#below(fields.length);
    // A number is right for these two, whichever it is.
    const wrong =
      code === 4 || code === 5 ? WRONG.filter((value) => typeof value !== 'number') : WRONG;
    return [
      code,
      fields.with(
        at,
        pick(
          this.#random,
          wrong.filter((value) => !isRight(code, at, value)),
        ),
      ),
    ];
  }

  #wrongEntry() {
    const entry = soundEntry();
    const changes = [
      entry.slice(0, 4),
      entry.with(1, Buffer.alloc(15)),
      entry.with(0, `x@${'h'.repeat(327)}:1`),
      entry.with(3, 3),
      entry.with(2, 2 ** 53),
      entry.with(4, -1),
      { id: 'x' },
      [[[]]],
    ];
    return [3, ['', null, false, [entry, pick(this.#random, changes)]]];
  }
}

function soundEntry() {
  return ['x@127.0.0.98:4998', Buffer.alloc(16, 0xab), 1, 2, 0];
}

function soundMessages() {
  return [
    [1, [1, 0, 1, 0, Buffer.alloc(8), [soundEntry()], []]],
    [2, [1, 0, 1, 1, 0, Buffer.alloc(8)]],
    [3, ['', null, false, [soundEntry()]]],
    [4, [1]],
    [5, [1]],
    [8, [Buffer.alloc(16), 1]],
    [128, ['127.0.0.1:1', 'refused']],
    [129, ['x@127.0.0.98:1', Buffer.alloc(16)]],
    [130, ['x@127.0.0.98:1', Buffer.alloc(16), 0]],
  ];
}

/** Text is right wherever text belongs. */
function isRight(code, at, value) {
  const texts = { 3: [0, 1], 128: [0, 1], 129: [0], 130: [0] };
  return typeof value === 'string' && (texts[code] ?? []).includes(at);
}

function pick(random, list) {
  return list[Math.floor(random.float() * list.length)];
}

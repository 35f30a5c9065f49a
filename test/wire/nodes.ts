/** Two sides of a handshake on fixed keys and nonces, so that every byte is known. */
import { createPrivateKey, createPublicKey, diffieHellman } from 'node:crypto';
import type { KeyPair } from '../../src/ports.ts';
import { HEADER_BYTES } from '../../src/wire/frame.ts';
import {
  AcceptorHandshake,
  DialerHandshake,
  type HandshakeConfig,
  type HandshakeFailure,
  type SessionKeys,
} from '../../src/wire/handshake.ts';
import { Opener, Sealer } from '../../src/wire/record.ts';

const PKCS8_PREFIX = Buffer.from('302e020100300506032b656e04220420', 'hex');
const SPKI_PREFIX = Buffer.from('302a300506032b656e032100', 'hex');

const remembered = new Map<number, KeyPair>();

export function keyPairOf(seed: number): KeyPair {
  const known = remembered.get(seed) ?? makeKeyPair(seed);
  remembered.set(seed, known);
  return known;
}

function makeKeyPair(seed: number): KeyPair {
  const privateKey = createPrivateKey({
    key: Buffer.concat([PKCS8_PREFIX, Buffer.alloc(32, seed)]),
    format: 'der',
    type: 'pkcs8',
  });
  const spki = createPublicKey(privateKey).export({ format: 'der', type: 'spki' });
  return {
    publicKey: new Uint8Array(spki.subarray(-32)),
    agree: (other) => {
      try {
        const key = Buffer.concat([SPKI_PREFIX, other]);
        const publicKey = createPublicKey({ key, format: 'der', type: 'spki' });
        return new Uint8Array(diffieHellman({ privateKey, publicKey }));
      } catch {
        return null;
      }
    },
  };
}

export const SECRET = new Uint8Array(32).fill(0x51);
export const OTHER_SECRET = new Uint8Array(32).fill(0x52);

export function configOf(name: 'a' | 'b', changes: Partial<HandshakeConfig> = {}): HandshakeConfig {
  const digit = name === 'a' ? '1' : '2';
  return {
    self: { id: `${name}@10.0.0.${digit}:4369`, uid: digit.repeat(32), incarnation: 1_000 },
    clusterName: 'default',
    psks: [SECRET],
    features: 0b101,
    channelBinding: null,
    ...changes,
  };
}

export function dialer(
  changes: Partial<HandshakeConfig> = {},
  input: Partial<ConstructorParameters<typeof DialerHandshake>[1]> = {},
): DialerHandshake {
  return new DialerHandshake(configOf('a', changes), {
    keyPair: keyPairOf(1),
    nonce: new Uint8Array(32).fill(0xd1),
    expectedPeer: 'b@',
    probe: false,
    ...input,
  });
}

export function acceptor(
  changes: Partial<HandshakeConfig> = {},
  input: Partial<ConstructorParameters<typeof AcceptorHandshake>[1]> = {},
): AcceptorHandshake {
  return new AcceptorHandshake(configOf('b', changes), {
    keyPair: keyPairOf(2),
    nonce: new Uint8Array(32).fill(0xac),
    ...input,
  });
}

/** Type and body of a frame that is known to be whole. */
export function opened(bytes: Uint8Array): [type: number, body: Uint8Array] {
  return [bytes[4] ?? 0, bytes.subarray(HEADER_BYTES)];
}

export interface Outcome {
  readonly dialer: SessionKeys | HandshakeFailure | null;
  readonly acceptor: SessionKeys | HandshakeFailure | null;
  readonly frames: readonly Uint8Array[];
}

/** Runs a handshake to its end. `tamper` sees every frame on its way, by number from 0. */
export function run(
  d: DialerHandshake,
  a: AcceptorHandshake,
  tamper: (bytes: Uint8Array, message: number) => Uint8Array = (bytes) => bytes,
): Outcome {
  const frames: Uint8Array[] = [];
  const carry = (bytes: Uint8Array): [number, Uint8Array] => {
    const carried = tamper(bytes, frames.length);
    frames.push(carried);
    return opened(carried);
  };
  const told = (
    send: Uint8Array | null,
    hear: (type: number, body: Uint8Array) => HandshakeFailure | null,
  ) => (send ? hear(...carry(send)) : null);
  const failureOf = (result: { ok: boolean; failure?: HandshakeFailure }) => result.failure ?? null;

  const greeted = a.hello(...carry(d.hello()));
  if (!greeted.ok) {
    const heard = told(greeted.send, (type, body) => failureOf(d.challenged(type, body)));
    return { dialer: heard, acceptor: greeted.failure, frames };
  }
  const challenged = d.challenged(...carry(greeted.send));
  if (!challenged.ok) return { dialer: challenged.failure, acceptor: null, frames };
  const proved = a.proved(...carry(d.prove()));
  if (!proved.ok) {
    const heard = told(proved.send, (type, body) => failureOf(d.accepted(type, body)));
    return { dialer: heard, acceptor: proved.failure, frames };
  }
  const answer = a.answer(0, 0);
  const accepted = d.accepted(...carry(answer.send));
  return { dialer: accepted.ok ? accepted.keys : accepted.failure, acceptor: answer.keys, frames };
}

export function keysOf(side: Outcome['dialer']): SessionKeys | null {
  return typeof side === 'string' ? null : side;
}

/** Both sides believe, and what one seals the other opens. */
export function isAgreed({ dialer, acceptor }: Outcome): boolean {
  const [d, a] = [keysOf(dialer), keysOf(acceptor)];
  if (!d || !a) return false;
  const there = new Opener(a.receive).open(
    ...opened(new Sealer(d.send).seal(16, Uint8Array.of(1))),
  );
  const back = new Opener(d.receive).open(...opened(new Sealer(a.send).seal(16, Uint8Array.of(1))));
  return there !== null && back !== null;
}

export function flip(bytes: Uint8Array, bit: number): Uint8Array {
  const flipped = new Uint8Array(bytes);
  flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7));
  return flipped;
}

export function raw(digits: string): Uint8Array {
  return new Uint8Array(Buffer.from(digits, 'hex'));
}

export function hex(bytes: Uint8Array | undefined): string | undefined {
  return bytes && Buffer.from(bytes).toString('hex');
}

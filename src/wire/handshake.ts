/**
 * Four messages that prove both sides and yield the keys of a session.
 *
 *   dialer  ── H1 HELLO ─────▶  acceptor   who I am, a nonce, half of an exchange
 *           ◀─ H2 CHALLENGE ──             the same; nothing derived from a secret
 *           ── H3 PROVE ─────▶             a MAC over all of the above
 *           ◀─ H4 ACCEPT ─────             a status, and a MAC over that too
 *
 * No I/O: frames come in, frames to send come out. A refusal is final; the object is of no use
 * after it.
 */
import type { KeyPair } from '../ports.ts';
import { decodeAnswer, encodeAnswer, splitAnswer } from './answer.ts';
import { EXT_TAG, NO_EXT, purposeExt } from './ext.ts';
import { FRAME, frame } from './frame.ts';
import {
  type Challenge,
  decodeChallenge,
  decodeHello,
  encodeChallenge,
  encodeHello,
  type Hello,
  helloVersions,
  type Identity,
  startsWithMagic,
} from './greeting.ts';
import { isSame, KeySchedule, transcriptHash } from './keys.ts';
import {
  type Failed,
  failed,
  type HandshakeFailure,
  type Refused,
  refused,
  rejectedFor,
  silently,
} from './refusal.ts';
import { type SessionKeys, sessionKeys } from './session-keys.ts';
import { choose, commonWire, faultOf, offer, type Terms, type TermsConfig } from './terms.ts';

export { STATUS } from './answer.ts';
export type { Identity } from './greeting.ts';
export { type HandshakeFailure, refused } from './refusal.ts';
export type { SessionKeys } from './session-keys.ts';

export interface HandshakeConfig extends TermsConfig {
  readonly self: Identity;
  readonly clusterName: string;
  /** What both ends of an encrypted channel know; null on a plain one. */
  readonly channelBinding: Uint8Array | null;
}

export interface DialerInput {
  readonly keyPair: KeyPair;
  readonly nonce: Uint8Array;
  /** A node id, `name@` for a named seed, or '' for whoever answers. */
  readonly expectedPeer: string;
  /** Asks who is there; the acceptor publishes nothing. */
  readonly probe: boolean;
  /** Is to replace the session of the same two lives. */
  readonly renew?: boolean | undefined;
}

const NO_SECRETS = [new Uint8Array(0)];

export class DialerHandshake {
  readonly #config: HandshakeConfig;
  readonly #input: DialerInput;
  readonly #hello: Uint8Array;
  #agreed: { schedule: KeySchedule; proof: Uint8Array; terms: Terms } | null = null;

  constructor(config: HandshakeConfig, input: DialerInput) {
    this.#config = config;
    this.#input = input;
    const body = encodeHello({
      ...offer(config),
      clusterName: config.clusterName,
      nonce: input.nonce,
      publicKey: input.keyPair.publicKey,
      identity: config.self,
      expectedPeer: input.expectedPeer,
      ext: purposeExt(input.probe, input.renew ?? false),
    });
    this.#hello = frame(FRAME.hello, body);
  }

  /** H1. */
  hello(): Uint8Array {
    return this.#hello;
  }

  /** H2, or a refusal in its place. `peer` is a claim until `accepted` says ok. */
  challenged(
    type: number,
    body: Uint8Array,
  ): { readonly ok: true; readonly peer: Identity } | Failed {
    if (type === FRAME.reject) return failed(rejectedFor(body));
    const challenge = type === FRAME.challenge ? decodeChallenge(body) : null;
    if (!challenge) return failed('protocol');
    const fault = this.#faultOf(challenge);
    if (fault) return failed(fault);
    const shared = this.#input.keyPair.agree(challenge.publicKey);
    if (!shared) return failed('protocol');
    const [psk = new Uint8Array(0)] = this.#config.psks;
    const schedule = new KeySchedule(psk, shared, {
      hash: transcriptHash(this.#hello, frame(type, body), this.#config.channelBinding),
      salt: Buffer.concat([this.#input.nonce, challenge.nonce]),
    });
    this.#agreed = { schedule, proof: schedule.dialerProof(), terms: challenge };
    return { ok: true, peer: challenge.identity };
  }

  /** H3. */
  prove(): Uint8Array {
    if (!this.#agreed) throw new Error('there is no challenge to answer');
    return frame(FRAME.prove, this.#agreed.proof);
  }

  /** H4, or a refusal in its place. Ok means proven; what was decided is in `status`. */
  accepted(
    type: number,
    body: Uint8Array,
  ):
    | {
        readonly ok: true;
        readonly status: number;
        readonly knownIncarnation: number;
        /** Of use only with status ok. */
        readonly keys: SessionKeys;
      }
    | Failed {
    if (type === FRAME.reject) return failed(rejectedFor(body));
    const parts = type === FRAME.accept ? splitAnswer(body) : null;
    if (!parts || !this.#agreed) return failed('protocol');
    const { schedule, proof, terms } = this.#agreed;
    if (!isSame(schedule.acceptorProof(proof, parts.answer), parts.proof)) return failed('auth');
    const answer = decodeAnswer(parts.answer);
    if (!answer) return failed('protocol');
    const [psk = null] = this.#config.psks;
    return { ok: true, ...answer, keys: sessionKeys('dialer', schedule, terms, psk) };
  }

  #faultOf(challenge: Challenge): HandshakeFailure | null {
    const { self, clusterName } = this.#config;
    if (challenge.clusterName !== clusterName) return 'cluster_name';
    if (challenge.identity.uid === self.uid) return 'self';
    return challenge.dialerId === self.id ? faultOf(this.#config, challenge) : 'protocol';
  }
}

export class AcceptorHandshake {
  readonly #config: HandshakeConfig;
  readonly #keyPair: KeyPair;
  readonly #nonce: Uint8Array;
  #greeted: { hello: Hello; hash: Uint8Array; terms: Terms } | null = null;
  #proven: { schedule: KeySchedule; proof: Uint8Array; psk: Uint8Array | null } | null = null;

  constructor(
    config: HandshakeConfig,
    input: { readonly keyPair: KeyPair; readonly nonce: Uint8Array },
  ) {
    this.#config = config;
    this.#keyPair = input.keyPair;
    this.#nonce = input.nonce;
  }

  /** H1 in, H2 out; or word that this side's certificate was not accepted. `peer` is a claim until `proved` says ok. */
  hello(
    type: number,
    body: Uint8Array,
  ):
    | {
        readonly ok: true;
        readonly send: Uint8Array;
        readonly peer: Identity;
        readonly expectedPeer: string;
        readonly probe: boolean;
        readonly renew: boolean;
      }
    | Refused {
    if (isMistrust(type, body)) return silently('certificate');
    // Whoever this is speaks something else, and would not understand a refusal either.
    if (type !== FRAME.hello || !startsWithMagic(body)) return silently('protocol');
    const versions = helloVersions(body);
    // Judged before the rest is read: other versions may have other fields.
    if (versions && commonWire(this.#config, versions) === null) return refused('version');
    const hello = decodeHello(body);
    if (!hello) return refused('protocol');
    if (hello.clusterName !== this.#config.clusterName) return refused('cluster_name');
    if (hello.identity.uid === this.#config.self.uid) return refused('self');
    const chosen = choose(this.#config, hello);
    if (!chosen.ok) return refused(chosen.failure);
    const send = this.#challenge(hello, chosen.terms);
    const hash = transcriptHash(frame(type, body), send, this.#config.channelBinding);
    this.#greeted = { hello, hash, terms: chosen.terms };
    const { identity, expectedPeer, ext } = hello;
    const probe = ext.has(EXT_TAG.probe);
    const renew = ext.has(EXT_TAG.renew);
    return { ok: true, send, peer: identity, expectedPeer, probe, renew };
  }

  /** H3, or word that this side's certificate was not accepted. */
  proved(type: number, body: Uint8Array): { readonly ok: true } | Refused {
    if (isMistrust(type, body)) return silently('certificate');
    if (type !== FRAME.prove || !this.#greeted || this.#proven) return refused('protocol');
    const { hello, hash } = this.#greeted;
    const shared = this.#keyPair.agree(hello.publicKey);
    if (!shared) return refused('protocol');
    const { psks } = this.#config;
    const transcript = { hash, salt: Buffer.concat([hello.nonce, this.#nonce]) };
    const secrets = psks.length > 0 ? psks : NO_SECRETS;
    // Every secret is tried, also after a hit: the time must not tell which one it was.
    const tries = secrets.map((psk) => {
      const schedule = new KeySchedule(psk, shared, transcript);
      return { schedule, isRight: isSame(schedule.dialerProof(), body) };
    });
    const index = tries.findIndex(({ isRight }) => isRight);
    const schedule = tries[index]?.schedule;
    if (!schedule) return refused('auth');
    this.#proven = { schedule, proof: new Uint8Array(body), psk: psks[index] ?? null };
    return { ok: true };
  }

  /** H4. The keys are of use only with status ok. */
  answer(status: number, knownIncarnation: number): { send: Uint8Array; keys: SessionKeys } {
    if (!this.#greeted || !this.#proven) throw new Error('nobody has proven anything yet');
    const { schedule, proof, psk } = this.#proven;
    const answer = encodeAnswer({ status, knownIncarnation });
    const body = Buffer.concat([answer, schedule.acceptorProof(proof, answer)]);
    const keys = sessionKeys('acceptor', schedule, this.#greeted.terms, psk);
    return { send: frame(FRAME.accept, body), keys };
  }

  #challenge(hello: Hello, terms: Terms): Uint8Array {
    const body = encodeChallenge({
      ...terms,
      clusterName: this.#config.clusterName,
      nonce: this.#nonce,
      publicKey: this.#keyPair.publicKey,
      identity: this.#config.self,
      dialerId: hello.identity.id,
      ext: NO_EXT,
    });
    return frame(FRAME.challenge, body);
  }
}

/** A dialer cannot refuse a certificate below the handshake without the reason getting lost. */
function isMistrust(type: number, body: Uint8Array): boolean {
  return type === FRAME.reject && rejectedFor(body) === 'certificate';
}

/** The nonce of a greeting, or null when the bytes are none. */
export function nonceOf(greeting: Uint8Array): Uint8Array | null {
  return decodeHello(greeting)?.nonce ?? null;
}

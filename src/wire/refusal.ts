/** One byte in plain text before the close: a hint for the operator, proof of nothing. */
import { FRAME, frame } from './frame.ts';

export type HandshakeFailure =
  | 'auth'
  | 'version'
  | 'cluster_name'
  | 'protocol'
  | 'busy'
  | 'wrong_peer'
  | 'self'
  | 'certificate'
  | 'plaintext';

const CODES: Readonly<Record<HandshakeFailure, number>> = {
  auth: 1,
  version: 2,
  cluster_name: 3,
  protocol: 4,
  busy: 5,
  wrong_peer: 6,
  self: 7,
  certificate: 8,
  plaintext: 9,
};

const FAILURES: ReadonlyMap<number, HandshakeFailure> = new Map([
  [CODES.auth, 'auth'],
  [CODES.version, 'version'],
  [CODES.cluster_name, 'cluster_name'],
  [CODES.protocol, 'protocol'],
  [CODES.busy, 'busy'],
  [CODES.wrong_peer, 'wrong_peer'],
  [CODES.self, 'self'],
  [CODES.certificate, 'certificate'],
  [CODES.plaintext, 'plaintext'],
]);

function rejectFrame(failure: HandshakeFailure): Uint8Array {
  return frame(FRAME.reject, Uint8Array.of(CODES[failure]));
}

/** A code of a later release, or no code at all, is 'protocol'. */
export function rejectedFor(body: Uint8Array): HandshakeFailure {
  return (body.length === 1 && FAILURES.get(body[0] ?? 0)) || 'protocol';
}

export interface Failed {
  readonly ok: false;
  readonly failure: HandshakeFailure;
}

export interface Refused extends Failed {
  /** What to send before the close; null: nothing. */
  readonly send: Uint8Array | null;
}

export function failed(failure: HandshakeFailure): Failed {
  return { ok: false, failure };
}

export function refused(failure: HandshakeFailure): Refused & { readonly send: Uint8Array } {
  return { ok: false, failure, send: rejectFrame(failure) };
}

export function silently(failure: HandshakeFailure): Refused {
  return { ok: false, failure, send: null };
}

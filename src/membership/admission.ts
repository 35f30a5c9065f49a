/** Whether an acceptor lets in a peer that has proven itself: one life per name, the latest. */
import type { NodeId } from './node-id.ts';
import type { ViewEntry } from './view.ts';

export type Refusal = 'stale' | 'leaving' | 'wrongPeer' | 'nameConflict' | 'busy';

export type Admission =
  | { readonly kind: 'accept' }
  | {
      readonly kind: 'refuse';
      readonly status: Refusal;
      /** For 'stale': the incarnation the peer must exceed. Otherwise 0. */
      readonly knownIncarnation: number;
    }
  | {
      readonly kind: 'challenge';
      /** The old session must answer; then: refuse with this, else replace it. */
      readonly ifAlive: 'duplicate' | 'nameConflict';
    };

export interface AdmissionInput {
  readonly self: { readonly id: NodeId; readonly uid: string };
  readonly leaving: boolean;
  /** Whether one more node may be known. */
  readonly hasRoom: boolean;
  /** Whom the dialer wants: a full id, `name@` for any of that name, or '' for anybody. */
  readonly expectedPeer: string;
  readonly peer: { readonly id: NodeId; readonly uid: string; readonly incarnation: number };
  /** What the view says about the peer's id. */
  readonly known: ViewEntry | undefined;
  /** The life with which a session under the peer's id is open. */
  readonly sessionUid: string | null;
}

export function admit(input: AdmissionInput): Admission {
  if (input.leaving) return refuse('leaving');
  if (!isExpected(input.self.id, input.expectedPeer)) return refuse('wrongPeer');
  // The handshake has ruled out the same uid: this is somebody else under our name.
  if (input.peer.id === input.self.id) return refuse('nameConflict');
  if (!input.hasRoom) return refuse('busy');
  return input.sessionUid === null
    ? admitNew(input.peer, input.known)
    : admitBeside(input.peer, input.sessionUid, input.known);
}

/** A named seed is known by its name alone: the host may be an alias. */
export function isExpected(selfId: NodeId, expectedPeer: string): boolean {
  if (expectedPeer === '' || expectedPeer === selfId) return true;
  return expectedPeer.endsWith('@') && selfId.startsWith(expectedPeer);
}

/** Whoever dials a seed, or by hand, does not know which node lives there. */
export function isIntroduction(expectedPeer: string): boolean {
  return expectedPeer === '' || expectedPeer.endsWith('@');
}

/** No session holds the name; only a later or a finished life stands in the way. */
function admitNew(peer: AdmissionInput['peer'], known: ViewEntry | undefined): Admission {
  if (known === undefined || known.incarnation < peer.incarnation) return { kind: 'accept' };
  const isSameLife = known.uid === peer.uid;
  return isSameLife && known.state === 'alive'
    ? { kind: 'accept' }
    : refuse('stale', known.incarnation);
}

/** A session holds the name: if it is alive, it keeps it. */
function admitBeside(
  peer: AdmissionInput['peer'],
  sessionUid: string,
  known: ViewEntry | undefined,
): Admission {
  if (sessionUid === peer.uid) return { kind: 'challenge', ifAlive: 'duplicate' };
  if (known !== undefined && peer.incarnation < known.incarnation) {
    return refuse('stale', known.incarnation);
  }
  return { kind: 'challenge', ifAlive: 'nameConflict' };
}

function refuse(status: Refusal, knownIncarnation = 0): Admission {
  return { kind: 'refuse', status, knownIncarnation };
}

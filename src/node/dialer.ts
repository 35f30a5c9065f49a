/** The dialling side of one handshake over one link, from TCP to a proven session. */
import type { ConnectReason } from '../errors.ts';
import { formatAddress } from '../membership/address.ts';
import { isExpected, isIntroduction } from '../membership/admission.ts';
import { NodeId } from '../membership/node-id.ts';
import type { Endpoint, Link, LinkError, Timer } from '../ports.ts';
import { DialerHandshake, type Identity, refused, STATUS } from '../wire/handshake.ts';
import type { Contender } from './arbiter.ts';
import { Channel } from './channel.ts';
import type { DialPace, Stopwatch } from './dial-pace.ts';
import type { HandshakeHost } from './handshake-host.ts';
import { Patience } from './patience.ts';
import type { Session } from './session.ts';
import { greetingProblem, proofProblem, vouchProblem } from './vouching.ts';

/**
 * `join` ends with a session; `probe` proves who is there and leaves nothing behind; `renew`
 * replaces a session with the same life, unnoticed, e.g. after a change of secrets.
 */
export type DialPurpose = 'join' | 'probe' | 'renew';

export interface DialRequest {
  readonly endpoint: Endpoint;
  readonly expectedPeer: string;
  /** What was named by whoever wanted this dial, e.g. `localhost:4369`. */
  readonly dialled: string | null;
  readonly purpose: DialPurpose;
  /** The user asks for it, which also takes up again what was hung up on. */
  readonly isCall?: boolean | undefined;
  /** The dial is over, or has had its turn: another one may begin. May be called again. */
  readonly yielded?: (() => void) | undefined;
}

export type DialResult =
  | { readonly ok: true; readonly peer: NodeId; readonly session: Session | null }
  | {
      readonly ok: false;
      readonly failure: ConnectReason;
      readonly detail: string;
      /** Whoever answered; proven only where the failure implies it. */
      readonly peer: NodeId | null;
    };

const REFUSALS: ReadonlyMap<number, ConnectReason> = new Map([
  [STATUS.lostSimultaneous, 'already_connected'],
  [STATUS.duplicate, 'already_connected'],
  [STATUS.stale, 'stale'],
  [STATUS.version, 'version'],
  [STATUS.leaving, 'leaving'],
  [STATUS.busy, 'busy'],
  [STATUS.nameConflict, 'name_conflict'],
  [STATUS.wrongPeer, 'wrong_peer'],
]);

/** Dials once; twice when the other side knows a later life. Returns a function that aborts. */
export function dial(
  host: HandshakeHost,
  request: DialRequest,
  pace: DialPace,
  done: (result: DialResult) => void,
): () => void {
  let attempt = new DialAttempt(host, request, pace, (result) => {
    const isRetryWanted = !result.ok && result.failure === 'stale' && request.purpose === 'join';
    if (!isRetryWanted || host.isLeaving) return done(result);
    attempt = new DialAttempt(host, request, pace, done);
    attempt.start();
  });
  attempt.start();
  return () => attempt.abort();
}

class DialAttempt implements Contender {
  readonly role = 'dial';
  readonly #host: HandshakeHost;
  readonly #request: DialRequest;
  readonly #pace: DialPace;
  readonly #watch: Stopwatch;
  readonly #done: (result: DialResult) => void;
  #abortConnect: (() => void) | null = null;
  #channel: Channel | null = null;
  #handshake: DialerHandshake | null = null;
  #clusterName = '';
  #hasSecret = false;
  #peer: (Identity & { readonly id: NodeId }) | null = null;
  #watched: { readonly isOwn: () => boolean; readonly end: () => void } | null = null;
  #phase: 'connecting' | 'challenge' | 'arbiter' | 'accept' | 'over' = 'connecting';
  readonly #patience: Patience;
  #turn: Timer = null;

  constructor(
    host: HandshakeHost,
    request: DialRequest,
    pace: DialPace,
    done: (result: DialResult) => void,
  ) {
    this.#host = host;
    this.#request = request;
    this.#pace = pace;
    this.#watch = pace.begin();
    this.#done = done;
    this.#patience = new Patience(host.ports.clock);
  }

  start(): void {
    const { ports, limits } = this.#host;
    const { endpoint } = this.#request;
    this.#patience.renew(limits.connectTimeoutMs, () =>
      this.#fail('timeout', `no TCP answer from ${formatAddress(endpoint)}`),
    );
    this.#abortConnect = ports.network.dial(endpoint, (dialled) => {
      this.#abortConnect = null;
      if (this.#phase === 'over') return;
      if (dialled.ok) this.#greet(dialled.link);
      else this.#fail(dialled.failure, dialled.error.message);
    });
  }

  abort(): void {
    this.#end(false);
  }

  #greet(link: Link): void {
    const { ports, limits } = this.#host;
    this.#patience.renew(limits.handshakeTimeoutMs, () =>
      this.#fail('timeout', 'the handshake did not finish in time'),
    );
    const { clock } = ports;
    this.#watch.answered();
    this.#turn = clock.setTimeout(() => this.#request.yielded?.(), this.#pace.turnMs);
    const nonce = ports.random.bytes(32);
    this.#watched = this.#host.watchDial(nonce);
    const config = this.#host.handshakeConfig(link);
    this.#clusterName = config.clusterName;
    this.#hasSecret = config.psks.length > 0;
    this.#handshake = new DialerHandshake(config, {
      keyPair: ports.keys.pair(),
      nonce,
      expectedPeer: this.#request.expectedPeer,
      probe: this.#request.purpose === 'probe',
      renew: this.#request.purpose === 'renew',
    });
    this.#channel = new Channel(link, this.#host.preAuthFrameBytes, this.#host.channelHost, {
      frame: (type, body) => this.#receive(type, body),
      broken: (error) => this.#broken(error),
      closed: (error) => this.#closed(error),
    });
    this.#phase = 'challenge';
    this.#channel.write(this.#handshake.hello());
  }

  #broken(error: string): void {
    if (error === 'tls') this.#fail('plaintext', 'the other side speaks TLS, this node does not');
    else this.#fail('protocol', `the answer is no handshake (${error})`);
  }

  /** A node that has too many handshakes under way resets the link before it reads anything. */
  #closed(error: LinkError | null): void {
    if (error?.fault) return this.#fail(error.fault, error.message);
    const isReset = this.#phase === 'challenge' && error !== null;
    if (isReset) this.#fail('busy', 'the link was reset before anything was answered');
    else this.#fail('protocol', 'the link was closed during the handshake');
  }

  #receive(type: number, body: Uint8Array): boolean {
    if (this.#phase === 'challenge') return this.#challenged(type, body);
    if (this.#phase === 'accept') return this.#accepted(type, body);
    this.#fail('protocol', 'a message came out of turn');
    return false;
  }

  #challenged(type: number, body: Uint8Array): boolean {
    // TLS goes there and back once before the greeting does.
    this.#watch.challenged(this.#channel?.link.channelBinding ? 2 : 1);
    const challenged = this.#handshake?.challenged(type, body);
    if (!challenged?.ok) {
      // A hint from anybody: believed only when this node saw its own greeting come in.
      const isLie = challenged?.failure === 'self' && !this.#watched?.isOwn();
      const failure = (!isLie && challenged?.failure) || 'protocol';
      this.#fail(failure, greetingProblem(failure, this.#hasSecret));
      return false;
    }
    const id = NodeId.tryParse(challenged.peer.id);
    if (!id) {
      this.#fail('protocol', 'the other side sent an invalid node id');
      return false;
    }
    this.#peer = { ...challenged.peer, id };
    const problem = this.#channel && vouchProblem(this.#channel.link, this.#clusterName, id);
    if (problem) {
      this.#channel?.end(refused('certificate').send);
      this.#fail('certificate', problem);
      return false;
    }
    if (!isExpected(id, this.#request.expectedPeer)) {
      this.#fail('wrong_peer', `${id} answers there`);
      return false;
    }
    const isConnected = this.#host.sessionWith(id)?.peerUid === challenged.peer.uid;
    if (this.#request.purpose === 'renew' && !isConnected) {
      this.#fail('stale', `the life of ${id} that was connected is over`);
      return false;
    }
    if (this.#request.purpose !== 'join') {
      this.go();
      return this.#phase !== 'over';
    }
    if (isConnected) {
      this.lost();
      return false;
    }
    if (!this.#request.isCall && this.#host.isHungUp(id, challenged.peer.uid)) {
      this.lost();
      return false;
    }
    this.#phase = 'arbiter';
    this.#host.arbiter.enter(id, this);
    return this.#isUnderWay();
  }

  #isUnderWay(): boolean {
    return this.#phase !== 'over';
  }

  go(): void {
    this.#phase = 'accept';
    if (this.#handshake) this.#channel?.write(this.#handshake.prove());
  }

  lost(): void {
    this.#fail('already_connected', 'a session with this node exists');
  }

  expired(): void {
    this.#fail('busy', 'another handshake with this node took too long');
  }

  #accepted(type: number, body: Uint8Array): boolean {
    const accepted = this.#handshake?.accepted(type, body);
    const channel = this.#channel;
    if (!accepted?.ok) {
      const failure = accepted?.failure ?? 'protocol';
      this.#fail(failure, channel ? proofProblem(failure, channel.link) : '');
      return false;
    }
    const peer = this.#peer;
    if (!peer || !channel) return false;
    this.#watch.proven();
    if (this.#request.purpose === 'probe') {
      if (accepted.status === STATUS.wrongPeer)
        this.#fail('wrong_peer', `${peer.id} answers there`);
      else this.#succeed(null);
      return false;
    }
    if (accepted.status !== STATUS.ok) {
      if (accepted.status === STATUS.stale) this.#host.outlive(accepted.knownIncarnation);
      this.#fail(REFUSALS.get(accepted.status) ?? 'protocol', `refused by ${peer.id}`);
      return false;
    }
    if (!this.#host.hasRoomFor(peer.id)) {
      this.#fail('busy', 'this node knows as many nodes as it may');
      return false;
    }
    const session = this.#host.openSession(channel, {
      peer,
      initiator: 'local',
      dialled: this.#request.dialled,
      isIntroduction: isIntroduction(this.#request.expectedPeer),
      keys: accepted.keys,
    });
    this.#channel = null;
    this.#host.greet(session, peer.incarnation);
    this.#host.publish(session, peer.incarnation);
    this.#succeed(session);
    return session.isOpen;
  }

  #succeed(session: Session | null): void {
    if (!this.#peer || !this.#isUnderWay()) return;
    const peer = this.#peer.id;
    this.#end(session !== null);
    this.#done({ ok: true, peer, session });
  }

  #fail(failure: ConnectReason, detail: string): void {
    if (!this.#isUnderWay()) return;
    this.#end(false);
    this.#done({ ok: false, failure, detail, peer: this.#peer?.id ?? null });
  }

  #end(won: boolean): void {
    if (!this.#isUnderWay()) return;
    this.#phase = 'over';
    this.#patience.end();
    this.#host.ports.clock.clearTimeout(this.#turn);
    this.#watched?.end();
    this.#abortConnect?.();
    this.#channel?.destroy();
    // Whoever is next begins at once: this dial must be over by then.
    this.#request.yielded?.();
    if (this.#peer && this.#request.purpose === 'join') {
      this.#host.arbiter.leave(this.#peer.id, this, won);
    }
  }
}

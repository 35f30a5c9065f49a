/**
 * Watches every node and holds what it says against what it promises.
 *
 * A broken promise is noted, not thrown: whoever throws inside an observer is heard too late.
 */
import type { ClusterEvent } from '../../src/inspect/events.ts';
import type { ClusterStatus, NodeDownReason } from '../../src/membership/node-info.ts';
import { indexOf, type Member } from './member.ts';
import type { Scene } from './scene.ts';
import type { TappedLink } from './tapped-link.ts';
import { node } from './troubles.ts';
import { Verdicts } from './verdicts.ts';
import { Watch, type Word } from './watch.ts';
import type { Wiretap } from './wiretap.ts';

const MINUTE_MS = 60_000;
/** Ups and downs in a minute that are told as they come. */
const CALM_TRANSITIONS = 5;

const NEXT: Readonly<Record<ClusterStatus, readonly ClusterStatus[]>> = {
  stopped: ['starting'],
  starting: ['running', 'stopping', 'stopped'],
  running: ['stopping'],
  stopping: ['stopped'],
};

/** What makes the lists of a node worth looking at. */
const MOVING: ReadonlySet<ClusterEvent['type']> = new Set([
  'session.opened',
  'session.closed',
  'node.up',
  'node.down',
  'node.held',
]);

export class Witness {
  readonly #scene: Scene;
  readonly #verdicts: Verdicts;
  /** What nodes have said: all that is told follows from it, some of it later. */
  ups = 0;
  downs = 0;
  /** Told to users: that a node has left in good order. */
  goodbyes = 0;
  #changes = 0;

  constructor(scene: Scene) {
    this.#scene = scene;
    this.#verdicts = new Verdicts(scene);
  }

  /** nodeUp and nodeDown so far, everywhere. */
  get changes(): number {
    return this.#changes;
  }

  /** How many users would hear of a goodbye of this node. */
  tellersOf(members: readonly Member[], id: string): number {
    const watches = members.flatMap(({ index }) => this.#scene.watchOf(index) ?? []);
    return watches.filter(({ words, isRunning }) => isRunning && words.get(id)?.isTold).length;
  }

  /** A process begins. */
  watch(member: Member, tap: Wiretap): Watch {
    const watch = new Watch(member, tap);
    const { cluster } = watch;
    cluster.onStatusChange((status) => this.#moved(watch, status));
    cluster.events$.subscribe((event) => this.#event(watch, event));
    cluster.onNodeUp(({ id }) => this.#toldUp(watch, id));
    cluster.onNodeDown((id, reason) => this.#toldDown(watch, id, reason));
    if (this.#scene.plan.isStreamed) {
      cluster.connectedNodes$.subscribe((nodes) => {
        watch.streamed = nodes.map(({ id }) => id);
        watch.isDirty = true;
      });
    }
    return watch;
  }

  #moved(watch: Watch, status: ClusterStatus): void {
    const { graves, troubles, now } = this.#scene;
    const isLegal = NEXT[watch.status].includes(status);
    this.#demand(isLegal, watch, 'S1', `from ${watch.status} to ${status}`);
    watch.status = status;
    watch.statusAtMs = now();
    if (status === 'starting') {
      watch.bornAtMs = now();
      graves.born(watch.member.node.id);
    }
    watch.isDirty = true;
    if (status === 'running') troubles.end(node(watch.member.index), 'process', now());
    // The user hears nothing more; sessions still end.
    if (status === 'stopping') for (const word of watch.words.values()) word.isTold = false;
    if (status !== 'stopped') return;
    watch.forget();
    graves.died(watch.member.node.id);
  }

  #event(watch: Watch, event: ClusterEvent): void {
    if (MOVING.has(event.type)) watch.isDirty = true;
    switch (event.type) {
      case 'session.opened':
        return this.#opened(watch, event);
      case 'session.closed':
        return this.#closed(watch, event);
      case 'node.up':
        return this.#up(watch, this.#word(watch, event.nodeId));
      case 'node.down':
        return this.#down(watch, this.#word(watch, event.nodeId), event.reason);
      case 'node.held':
        this.#word(watch, event.nodeId).heldUntilMs = this.#scene.now() + event.holdMs;
        return;
      case 'peer.suspect':
      case 'peer.fresh':
        this.#word(watch, event.nodeId).isSuspect = event.type === 'peer.suspect';
        return;
      case 'peer.unreachable':
        this.#word(watch, event.nodeId).redialByMs = null;
        return;
      case 'link.fault':
        this.#word(watch, event.nodeId).faultAtMs = this.#scene.now();
        return this.#verdicts.fault(watch, indexOf(event.nodeId));
      case 'health.changed':
        watch.scores.push({ atMs: this.#scene.now(), score: event.score });
        return this.#demand(event.score <= 8, watch, 'D3', `a health of ${event.score}`);
      case 'observer.failed':
        return this.#scene.note(watch.member, 'S2', `an observer failed: ${String(event.error)}`);
      case 'warning': {
        const isHarmless = event.code !== 'CHARTMESH_INTERNAL' && !event.code.endsWith('FAILED');
        return this.#demand(isHarmless, watch, 'S2', event.message);
      }
      case 'name.conflict':
        return this.#scene.note(watch.member, 'S3', `a conflict over ${event.nodeId}`);
      default:
        return;
    }
  }

  #opened(watch: Watch, event: ClusterEvent & { readonly type: 'session.opened' }): void {
    const { nodeId, uid, initiator } = event;
    const word = this.#word(watch, nodeId);
    const link = watch.tap.reading;
    this.#demand(indexOf(nodeId) < 99, watch, 'I1', `a session with a stranger, ${nodeId}`);
    this.#demand(word.uid === null, watch, 'I3', `two sessions with ${nodeId}`);
    // What is accepted is proven by the first record only.
    const isProven = link !== null && (initiator === 'local' || link.records > 0);
    this.#demand(isProven, watch, 'I1', `a session with ${nodeId} that nobody has confirmed`);
    if (initiator === 'local') this.#dialled(watch, word, uid, link);
    const isSameLife = !word.isUp || word.upUid === uid;
    this.#demand(
      isSameLife,
      watch,
      'I2',
      `another life of ${nodeId}, and no nodeDown of the first`,
    );
    this.#verdicts.admitted(watch, word);
    word.uid = uid;
    word.hungUid = null;
    word.link = link;
    // The last word of the handshake is proven too.
    if (link) link.heardAtMs = this.#scene.now();
    word.dialledAtMs = null;
    word.redialByMs = null;
  }

  /** I8: who was hung up on is left alone in this life, until somebody wants it back. */
  #dialled(watch: Watch, word: Word, uid: string, link: TappedLink | null): void {
    const { dials } = this.#scene;
    dials.met(watch, word.id, link);
    if (word.hungUid !== uid) return;
    const isWanted = link !== null && dials.isAsked(watch.member.index, link.remote.host);
    this.#demand(isWanted, watch, 'I8', `dials ${word.id} again after a disconnect`);
  }

  #closed(watch: Watch, event: ClusterEvent & { readonly type: 'session.closed' }): void {
    const { nodeId, uid, cause } = event;
    const word = this.#word(watch, nodeId);
    const isForged = word.link?.forgedAtMs !== null;
    this.#demand(cause !== 'tampered' || isForged, watch, 'I7', `took ${nodeId} for a forger`);
    this.#demand(word.uid === uid, watch, 'I3', `closes what was not open: ${nodeId}`);
    word.uid = null;
    if (cause === 'hangup') word.hungUid = uid;
    if (cause !== 'replaced') return;
    word.replacedAtMs = this.#scene.now();
    if (word.link) word.link.replacedAtMs = word.replacedAtMs;
  }

  #up(watch: Watch, word: Word): void {
    this.#demand(word.uid !== null, watch, 'I1', `up without a session: ${word.id}`);
    this.#demand(!word.isUp, watch, 'I2', `up twice: ${word.id}`);
    this.ups += 1;
    const isHung = this.#scene.isHung(watch.member.index, word.index);
    this.#demand(!isHung, watch, 'I8', `up again after a disconnect: ${word.id}`);
    word.isUp = true;
    word.upUid = word.uid;
    word.upAtMs = this.#scene.now();
    word.isSuspect = false;
    word.heldUntilMs = null;
    this.#flap(word);
  }

  #down(watch: Watch, word: Word, reason: NodeDownReason): void {
    this.#demand(word.isUp, watch, 'I2', `down without up: ${word.id}`);
    this.downs += 1;
    this.#flap(word);
    this.#verdicts.down(watch, word, reason);
    this.#scene.dials.lost(watch, word, reason);
    word.isUp = false;
    word.isSuspect = false;
    word.heldUntilMs = null;
  }

  #flap(word: Word): void {
    const now = this.#scene.now();
    word.transitionsMs = [...word.transitionsMs.filter((at) => now - at < MINUTE_MS), now];
  }

  #toldUp(watch: Watch, id: string): void {
    this.#changes += 1;
    watch.isDirty = true;
    const now = this.#scene.now();
    const word = this.#word(watch, id);
    this.#demand(!word.isTold, watch, 'I2', `told nodeUp twice: ${id}`);
    const isEarly = word.heldUntilMs !== null && now < word.heldUntilMs - 0.001;
    this.#demand(!isEarly, watch, 'D13', `told nodeUp of ${id} though it is held back`);
    const isHeld = word.heldUntilMs !== null || now === watch.statusAtMs;
    const isCalm = word.transitionsMs.length <= CALM_TRANSITIONS || isHeld;
    const isDamped = this.#scene.plan.flapDamping;
    this.#demand(isCalm || !isDamped, watch, 'D13', `${id} comes and goes, and is not held back`);
    word.isTold = true;
    word.heldUntilMs = null;
  }

  #toldDown(watch: Watch, id: string, reason: NodeDownReason): void {
    this.#changes += 1;
    if (reason === 'graceful_shutdown') this.goodbyes += 1;
    watch.isDirty = true;
    const word = this.#word(watch, id);
    this.#demand(word.isTold, watch, 'I2', `told nodeDown without nodeUp: ${id}`);
    word.isTold = false;
  }

  #word(watch: Watch, id: string): Word {
    return watch.word(id, indexOf(id));
  }

  #demand(holds: boolean, watch: Watch, rule: string, otherwise: string): void {
    if (!holds) this.#scene.note(watch.member, rule, otherwise);
  }
}

/** What one life of a node has said so far. */
import type { LocalCluster } from '../../src/api/cluster.ts';
import type { ClusterStatus } from '../../src/membership/node-info.ts';
import type { NodeClock } from '../../src/testing/node-clock.ts';
import type { Member } from './member.ts';
import type { TappedLink } from './tapped-link.ts';
import type { Wiretap } from './wiretap.ts';

/** What one node says about another. */
export interface Word {
  readonly id: string;
  readonly index: number;
  /** The life with which a session is open. */
  uid: string | null;
  link: TappedLink | null;
  isUp: boolean;
  upAtMs: number;
  /** The life that is up. */
  upUid: string | null;
  isSuspect: boolean;
  /** Told to the user. */
  isTold: boolean;
  /** When nodeUp will be told at the latest; null when it is not held back. */
  heldUntilMs: number | null;
  /** Of the last minute. */
  transitionsMs: readonly number[];
  /** When it must have been dialled again; null when it need not. */
  redialByMs: number | null;
  /** When it was lost, or last dialled since; null while there is no need. */
  dialledAtMs: number | null;
  /** When the last session ended because another one took its place. */
  replacedAtMs: number | null;
  /** The life on which one side has hung up. */
  hungUid: string | null;
  /** When others were last said to hear it. */
  faultAtMs: number | null;
}

export class Watch {
  readonly member: Member;
  readonly cluster: LocalCluster;
  readonly clock: NodeClock;
  readonly tap: Wiretap;
  readonly words = new Map<string, Word>();
  /** How much the node has doubted itself, and since when. */
  readonly scores: { readonly atMs: number; readonly score: number }[] = [{ atMs: 0, score: 0 }];
  status: ClusterStatus = 'stopped';
  statusAtMs = 0;
  /** When the present life of the node began. */
  bornAtMs = 0;
  /** Null where nobody watches the stream. */
  streamed: readonly string[] | null = null;
  /** Something was said that has not been held against the rest. */
  isDirty = true;
  /** When the next look is due, if nothing is said before. */
  lookAtMs = 0;

  constructor(member: Member, tap: Wiretap) {
    this.member = member;
    this.cluster = member.node.cluster;
    this.clock = member.node.clock;
    this.tap = tap;
  }

  get isRunning(): boolean {
    return this.status === 'running' && !this.clock.frozen;
  }

  word(id: string, index: number): Word {
    const known = this.words.get(id);
    if (known) return known;
    const word: Word = {
      id,
      index,
      uid: null,
      link: null,
      isUp: false,
      upAtMs: 0,
      upUid: null,
      isSuspect: false,
      isTold: false,
      heldUntilMs: null,
      transitionsMs: [],
      redialByMs: null,
      dialledAtMs: null,
      replacedAtMs: null,
      hungUid: null,
      faultAtMs: null,
    };
    this.words.set(id, word);
    return word;
  }

  /** With whom it is connected, sorted. */
  up(): Word[] {
    return [...this.words.values()]
      .filter(({ isUp }) => isUp)
      .sort((a, b) => (a.id < b.id ? -1 : 1));
  }

  get score(): number {
    return this.scores.at(-1)?.score ?? 0;
  }

  /** The highest that was in force at some time since then. */
  scoreSince(atMs: number): number {
    let highest = this.score;
    for (let at = this.scores.length - 1; at >= 0; at -= 1) {
      const entry = this.scores[at];
      if (!entry) break;
      highest = Math.max(highest, entry.score);
      if (entry.atMs <= atMs) break;
    }
    return highest;
  }

  /** The node has ended; the process may go on. */
  forget(): void {
    this.words.clear();
    this.scores.splice(0, this.scores.length, { atMs: 0, score: 0 });
  }
}

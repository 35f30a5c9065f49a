/** Three nodes with a secret that are not to notice what a test does to one of them. */
import { expect } from 'vitest';
import type { ClusterConfig } from '../../src/index.ts';
import { ChildNode, type WhenOver } from './child-node.ts';
import type { EventOf, Journal } from './journal.ts';
import { waitForMesh } from './mesh.ts';

export const SECRET = 'a secret that only the three legitimate nodes know';

const MESH_TIMEOUT_MS = 10_000;

export function meshConfig(nodeName: string, changes: Partial<ClusterConfig> = {}): ClusterConfig {
  return {
    nodeName,
    clusterSecret: SECRET,
    heartbeatIntervalMs: 200,
    heartbeatMissThreshold: 5,
    reconnectBaseDelayMs: 50,
    reconnectMaxDelayMs: 500,
    limits: { helloTimeoutMs: 500, handshakeTimeoutMs: 1_500 },
    ...changes,
  };
}

export interface Felt {
  readonly count: number;
  readonly failed: number;
  /** Of any of the three, in its own processor time: a busy machine is not the attacker's doing. */
  readonly longestStallMs: number;
}

export class WatchedMesh {
  /** The node under attack and its two peers. */
  readonly victim: ChildNode;
  readonly others: readonly [ChildNode, ChildNode];
  #marks: ReadonlyMap<Journal, number> = new Map();

  private constructor(victim: ChildNode, others: readonly [ChildNode, ChildNode]) {
    this.victim = victim;
    this.others = others;
    this.mark();
  }

  static async start(
    whenOver: WhenOver,
    changes: Partial<ClusterConfig> = {},
  ): Promise<WatchedMesh> {
    const victim = await ChildNode.start(meshConfig('n1', changes), whenOver);
    const seeds = [victim.id];
    const others = await Promise.all([
      ChildNode.start(meshConfig('n2', { ...changes, seeds }), whenOver),
      ChildNode.start(meshConfig('n3', { ...changes, seeds }), whenOver),
    ]);
    await waitForMesh([victim, ...others], MESH_TIMEOUT_MS);
    return new WatchedMesh(victim, others);
  }

  get nodes(): readonly ChildNode[] {
    return [this.victim, ...this.others];
  }

  /** What was told before does not count from here. */
  mark(): void {
    this.#marks = new Map(this.nodes.map(({ journal }) => [journal, journal.mark]));
  }

  /** A stranger's refusals, as the victim reported them since the mark. */
  refusalsOf(from: string): EventOf<'peer.refused'>[] {
    const { journal } = this.victim;
    return journal
      .events('peer.refused', this.#marks.get(journal))
      .filter(({ address }) => address.startsWith(`${from}:`));
  }

  waitForRefusal(
    from: string,
    withinMs = 3_000,
    reason?: string,
  ): Promise<EventOf<'peer.refused'>> {
    const { journal } = this.victim;
    return journal.waitForEvent('peer.refused', withinMs, {
      from: this.#marks.get(journal) ?? 0,
      where: (event) =>
        event.address.startsWith(`${from}:`) && (reason === undefined || event.reason === reason),
    });
  }

  /** Runs an attack while both peers ping the victim all the time; returns what they felt. */
  async during(attack: () => Promise<void>): Promise<Felt> {
    await Promise.all(this.nodes.map((node) => node.watchStalls()));
    await Promise.all(this.others.map((node) => node.startPings(this.victim.id)));
    try {
      await attack();
    } finally {
      await this.health();
    }
    const [a, b] = await Promise.all(this.others.map((node) => node.stopPings()));
    if (!a || !b) throw new Error('there are two others');
    return {
      count: a.count + b.count,
      failed: a.failed + b.failed,
      longestStallMs: Math.max(
        ...(await Promise.all(this.nodes.map((node) => node.longestStallMs()))),
      ),
    };
  }

  /** One full exchange between all: whatever the attack led to has been handled before. */
  async health(): Promise<void> {
    const pairs = this.nodes.flatMap((node) =>
      this.nodes.filter((other) => other !== node).map((other) => [node, other] as const),
    );
    const answers = await Promise.all(pairs.map(([node, other]) => node.ping(other.id)));
    expect(answers).toEqual(pairs.map(() => true));
  }

  /** Nobody legitimate went down, nobody exited, nothing was thrown or printed. */
  async expectUnaffected(): Promise<void> {
    await this.health();
    const ids = new Set(this.nodes.map(({ id }) => id));
    for (const { journal } of this.nodes) {
      const from = this.#marks.get(journal);
      expect(journal.downs(from).filter(({ nodeId }) => ids.has(nodeId))).toEqual([]);
      const closed = journal.events('session.closed', from);
      expect(closed.filter(({ nodeId }) => ids.has(nodeId))).toEqual([]);
      expect(journal.events('observer.failed', from)).toEqual([]);
      expect(journal.all((entry) => (entry.type === 'stderr' ? entry.text : undefined))).toEqual(
        [],
      );
    }
  }
}

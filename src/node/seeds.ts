/** The seed charts' side of the node: rounds, and who was met at which seed. */
import { isIP } from 'node:net';
import type { ActorRefFrom } from 'xstate';
import type { ConnectReason } from '../errors.ts';
import { seedActorId } from '../machines/cluster.ts';
import type { SeedEvent, SeedInput, seedMachine } from '../machines/seed.ts';
import { formatAddress, type Seed } from '../membership/address.ts';
import { fullJitterMs } from '../membership/backoff.ts';
import type { NodeId } from '../membership/node-id.ts';
import type { Endpoint } from '../ports.ts';
import type { DialSlots } from './dial-slots.ts';
import { mostTelling } from './failures.ts';
import type { Lifecycle } from './lifecycle.ts';
import { type Reached, type ReachPorts, reach } from './reach.ts';

type SeedActor = ActorRefFrom<typeof seedMachine>;

export interface SeedsOwner {
  /** Where rounds after the first wait for their turn. */
  readonly slots: DialSlots;
  /** Whether the address, or the name and address, is this node's own. */
  isOwn(address: Endpoint): boolean;
  /** Calls once: true at the node's first heartbeat, false when the session ends before. */
  whenGreeted(node: NodeId, done: (isGreeted: boolean) => void): () => void;
  /** The first failure of an outage, and every self-dial. */
  failed(seed: string, failure: ConnectReason): void;
}

export function seedInputs(
  seeds: readonly Seed[],
  delays: {
    readonly baseMs: number;
    readonly maxMs: number;
    readonly silenceLimitMs: number;
  },
  random01: () => number,
): SeedInput[] {
  return seeds.map(({ text, name, host }) => ({
    seed: text,
    named: name !== null,
    resolvable: isIP(host) === 0,
    maxDelayMs: delays.maxMs,
    silenceLimitMs: delays.silenceLimitMs,
    backoff: (attempt) => fullJitterMs(attempt, delays.baseMs, delays.maxMs, random01()),
  }));
}

export class Seeds {
  readonly #seeds: ReadonlyMap<string, Seed>;
  readonly #ports: ReachPorts;
  readonly #lifecycle: Lifecycle;
  readonly #owner: SeedsOwner;
  /** Resolved addresses that led back to this node. */
  readonly #own = new Set<string>();
  readonly #settled = new Set<string>();
  readonly #reported = new Set<string>();

  constructor(seeds: readonly Seed[], ports: ReachPorts, lifecycle: Lifecycle, owner: SeedsOwner) {
    this.#seeds = new Map(seeds.map((seed) => [seed.text, seed]));
    this.#ports = ports;
    this.#lifecycle = lifecycle;
    this.#owner = owner;
  }

  /** Whether a tombstone of this node must be kept: a seed may bring it back. */
  isSeed(id: NodeId): boolean {
    return this.#seeds.has(id) || this.#actorsOf(id).length > 0;
  }

  tryRound(text: string, report: (event: SeedEvent) => void): () => void {
    const seed = this.#seeds.get(text);
    if (!seed) return () => {};
    const waits = new Set<() => void>();
    const abortReach = reach(
      this.#ports,
      {
        target: seed,
        expectedPeer: seed.name === null ? '' : `${seed.name}@`,
        purpose: 'join',
        // The first tries are made all at once: there are as many as the operator listed.
        slots: this.#settled.has(text) ? this.#owner.slots : null,
        isOwn: (address) => this.#own.has(formatAddress(address)) || this.#owner.isOwn(address),
      },
      (reached) => {
        for (const address of reached.own) this.#own.add(formatAddress(address));
        if (reached.met.length === 0) return this.#failed(text, reached, report);
        this.#awaitGreeting(text, reached.met, report, waits);
      },
    );
    return () => {
      abortReach();
      for (const cancel of waits) cancel();
    };
  }

  /** A session exists with this node, whoever dialled. */
  connected(id: NodeId): void {
    for (const text of this.#seeds.keys()) {
      const actor = this.#actor(text);
      const isHere = text === id || actor?.getSnapshot().context.nodes.includes(id);
      if (isHere) actor?.send({ type: 'found', node: id });
      if (isHere) this.#reported.delete(text);
    }
  }

  /** The session with this node has ended. */
  disconnected(id: NodeId, isConnected: (node: string) => boolean): void {
    for (const actor of this.#actorsOf(id)) {
      if (!actor.getSnapshot().context.nodes.some(isConnected)) actor.send({ type: 'lost' });
    }
  }

  #awaitGreeting(
    text: string,
    met: readonly NodeId[],
    report: (event: SeedEvent) => void,
    waits: Set<() => void>,
  ): void {
    let isOver = false;
    let open = met.length;
    for (const node of met) {
      let cancel = () => {};
      cancel = this.#owner.whenGreeted(node, (isGreeted) => {
        waits.delete(cancel);
        open -= 1;
        if (isOver || (!isGreeted && open > 0)) return;
        isOver = true;
        this.#reported.delete(text);
        if (isGreeted) report({ type: 'round.met', nodes: met });
        else report({ type: 'round.failed', failure: 'protocol' });
        this.#settle(text);
      });
      waits.add(cancel);
    }
  }

  #failed(text: string, reached: Reached, report: (event: SeedEvent) => void): void {
    const failure = mostTelling(reached.failures);
    const isSelf = failure === null || failure === 'self';
    if (!this.#reported.has(text)) {
      this.#reported.add(text);
      this.#owner.failed(text, failure ?? 'self');
    }
    if (isSelf) report({ type: 'round.self' });
    else report({ type: 'round.failed', failure });
    this.#settle(text);
  }

  #settle(text: string): void {
    if (this.#settled.has(text)) return;
    this.#settled.add(text);
    this.#lifecycle.send({ type: 'seed.settled', seed: text });
  }

  #actor(text: string): SeedActor | undefined {
    return this.#lifecycle.system.get(seedActorId(text));
  }

  #actorsOf(id: NodeId): SeedActor[] {
    return [...this.#seeds.keys()].flatMap((text) => {
      const actor = this.#actor(text);
      return actor?.getSnapshot().context.nodes.includes(id) ? [actor] : [];
    });
  }
}

/**
 * Actors here that end when another one, anywhere, does not end well. The nodes of the two watch
 * each other's actor, so a link outlives whoever made it.
 */
import { ActorLimitError, LinkedActorError } from '../errors/actors.ts';
import type { NodeId } from '../membership/node-id.ts';
import { type ActorTable, isActorNumber } from './actor-table.ts';
import type { DownReason } from './down.ts';
import type { Line } from './line.ts';
import { askAboutLink, type LinkOutcome } from './link-outcome.ts';
import type { Monitors } from './monitors.ts';
import { Ref } from './ref.ts';
import type { ReplyTo } from './reply-to.ts';
import type { ServicePart } from './service.ts';
import type { Watches } from './watches.ts';

export interface LinkHost {
  /** As others know an actor of this node. */
  refTo(number: number): Ref;
  /** To the node of another one; undefined when that life is gone. */
  wayTo(other: Ref): Line | undefined;
}

interface Link {
  readonly unwatch: () => void;
  /** The other node does not want to be watched any more. */
  isRefused: boolean;
}

type Verb = 'linked' | 'unlinked';

export class Links implements ServicePart {
  readonly #host: LinkHost;
  readonly #table: ActorTable;
  readonly #watches: Watches;
  readonly #monitors: Monitors;
  /** By the number of the actor here, and by the other one. */
  readonly #links = new Map<number, Map<string, Link>>();

  constructor(host: LinkHost, table: ActorTable, watches: Watches, monitors: Monitors) {
    this.#host = host;
    this.#table = table;
    this.#watches = watches;
    this.#monitors = monitors;
  }

  /** `number, other` each: the actor here, and the one to which it is linked. */
  readonly asks = {
    link: (fields: readonly unknown[], replyTo: ReplyTo) =>
      this.#answer(fields, replyTo, (number, other) => this.#link(number, other, replyTo.from)),
    unlink: (fields: readonly unknown[], replyTo: ReplyTo) =>
      this.#answer(fields, replyTo, (number, other) => this.#unlink(number, other)),
    /** From the node of the other one, which watches or has done so. */
    linked: (fields: readonly unknown[], replyTo: ReplyTo) =>
      this.#answer(fields, replyTo, (number, other) => this.#join(number, other, replyTo.from)),
    unlinked: (fields: readonly unknown[], replyTo: ReplyTo) =>
      this.#answer(fields, replyTo, (number, other) => this.#leave(number, other)),
  };

  get size(): number {
    return [...this.#links.values()].reduce((sum, links) => sum + links.size, 0);
  }

  /** What the others make of it they hear as watchers. */
  ended(number: number): void {
    const links = this.#links.get(number);
    this.#links.delete(number);
    for (const { unwatch } of links?.values() ?? []) unwatch();
  }

  stop(): void {
    for (const number of [...this.#links.keys()]) this.ended(number);
  }

  #answer(
    [number, other]: readonly unknown[],
    replyTo: ReplyTo,
    run: (number: number, other: Ref) => LinkOutcome | Promise<LinkOutcome>,
  ): void {
    if (!isActorNumber(number) || !(other instanceof Ref)) return replyTo.fail('failed', 'no');
    const outcome = run(number, other);
    if (typeof outcome === 'string') return replyTo.send(outcome);
    replyTo.hold(null);
    void outcome.then((later) => replyTo.send(later));
  }

  /** What the other node answers comes behind its own `watch`: then each watches the other's actor. */
  async #link(number: number, other: Ref, payer: NodeId): Promise<LinkOutcome> {
    const line = this.#host.wayTo(other);
    if (!line) return 'node_down';
    const joined = this.#join(number, other, payer);
    if (joined !== 'done') return joined;
    const link = this.#linkOf(number, other);
    const told = await this.#tell(line, 'linked', number, other);
    const outcome = told === 'done' && this.#isHalf(line, number, other, link) ? 'full' : told;
    if (outcome !== 'done') {
      this.#leave(number, other);
      void this.#tell(line, 'unlinked', number, other);
    }
    return outcome;
  }

  /** One of the two nodes holds too many monitors of the other to take this one. */
  #isHalf(line: Line, number: number, other: Ref, link: Link | undefined): boolean {
    if (!link || link.isRefused) return link !== undefined;
    return link === this.#linkOf(number, other) && !this.#monitors.isWatchedBy(line, number);
  }

  async #unlink(number: number, other: Ref): Promise<LinkOutcome> {
    this.#leave(number, other);
    const line = this.#host.wayTo(other);
    // With its node the link has ended, one way or the other.
    return line ? this.#tell(line, 'unlinked', number, other) : 'done';
  }

  async #tell(line: Line, verb: Verb, number: number, other: Ref): Promise<LinkOutcome> {
    const self = this.#host.refTo(number);
    return (await askAboutLink(line, [verb, other.number, self])).outcome;
  }

  /** At the expense of the node that asks for it. */
  #join(number: number, other: Ref, payer: NodeId): LinkOutcome {
    const hosted = this.#table.get(number);
    // It has ended: the other node will hear so, and do what is to be done.
    if (!hosted) return 'done';
    if (hosted.isChild) return 'not_stoppable';
    const links = this.#links.get(number) ?? new Map<string, Link>();
    const key = keyOf(other);
    if (links.has(key)) return 'done';
    const line = this.#host.wayTo(other);
    if (!line) return 'node_down';
    try {
      const told = (reason: DownReason, error: unknown) => this.#down(number, other, reason, error);
      const unwatch = this.#watches.watch(line, other.number, told, payer);
      this.#links.set(number, links.set(key, { unwatch, isRefused: false }));
      return 'done';
    } catch (error) {
      return error instanceof ActorLimitError ? 'full' : 'overloaded';
    }
  }

  #leave(number: number, other: Ref): LinkOutcome {
    this.#take(number, other)?.unwatch();
    return 'done';
  }

  #linkOf(number: number, other: Ref): Link | undefined {
    return this.#links.get(number)?.get(keyOf(other));
  }

  #take(number: number, other: Ref): Link | undefined {
    const link = this.#linkOf(number, other);
    const links = this.#links.get(number);
    links?.delete(keyOf(other));
    if (links?.size === 0) this.#links.delete(number);
    return link;
  }

  #down(number: number, other: Ref, reason: DownReason, error: unknown): void {
    const link = this.#take(number, other);
    if (!link || reason === 'normal' || reason === 'stopped') return;
    // Made here: the actor lives, but nobody would hear of its end.
    if (error instanceof ActorLimitError) return this.#refused(number, other, link);
    this.#table.get(number)?.stop(new LinkedActorError(other.id, reason, { cause: error }));
  }

  /** Rather none than half a link. */
  #refused(number: number, other: Ref, link: Link): void {
    link.isRefused = true;
    const line = this.#host.wayTo(other);
    if (line) void this.#tell(line, 'unlinked', number, other);
  }
}

function keyOf({ nodeId, uid, number }: Ref): string {
  return `${nodeId}/${uid}/${number}`;
}

/** Actors under one name, on any nodes: to be told all at once, or asked one at a time. */
import { EmptyGroupError, InvalidArgumentError, NotSerializableError } from '../errors/actors.ts';
import { preview } from '../errors.ts';
import { leastOf, memberFor } from './choice.ts';
import type { AskOptions } from './line.ts';
import type { Answer, Question } from './messages.ts';
import type { Naming } from './naming.ts';
import type { Ref } from './ref.ts';

/**
 * One after the other; the one with the fewest open asks of this node through this group; or for a
 * key always the same one, on every node, while it is a member.
 */
export type MemberChoice = 'roundRobin' | 'leastPending' | { readonly key: string };

export interface GroupAskOptions extends AskOptions {
  /** Default 'roundRobin'. */
  readonly by?: MemberChoice | undefined;
}

/** Asks under way, by the references that the present life of this node keeps for its groups. */
export type Pending = WeakMap<Ref, number>;

export class ActorGroup<TMessage = unknown> {
  readonly name: string;
  readonly #naming: Naming;
  readonly #pending: Pending;

  constructor(name: string, naming: Naming, pending: Pending) {
    this.name = name;
    this.#naming = naming;
    this.#pending = pending;
  }

  /** As known here, in the same order on every node; empty while the node does not run. */
  get members(): readonly Ref<TMessage>[] {
    return this.#naming.directory?.groups.members(this.name) ?? [];
  }

  /**
   * Resolves once the actor is a member, and found on this node; nothing changes if it is one
   * already. It leaves when it ends.
   *
   * @throws NameError, OverloadedError, ClusterNotStartedError
   */
  join(ref: Ref<TMessage>, options?: AskOptions): Promise<void> {
    return this.#naming.join(this.name, ref, options);
  }

  /**
   * Resolves to whether it was a member.
   *
   * @throws NameError, OverloadedError, ClusterNotStartedError
   */
  leave(ref: Ref<TMessage>, options?: AskOptions): Promise<boolean> {
    return this.#naming.leave(this.name, ref, options);
  }

  /**
   * To every member, on this node, too; gives their number. When too much waits for some of them,
   * the others get it all the same, and then this throws.
   *
   * @throws NotSerializableError, OverloadedError
   */
  send(message: TMessage): number {
    const failures: unknown[] = [];
    const { members } = this;
    for (const member of members) {
      try {
        member.send(message);
      } catch (error) {
        // It can be sent to nobody.
        if (error instanceof NotSerializableError) throw error;
        failures.push(error);
      }
    }
    if (failures.length > 0) throw failures[0];
    return members.length;
  }

  /**
   * Asks one member, as `Ref.ask` does; no other one is tried when it fails.
   *
   * @throws EmptyGroupError, AskError, NotSerializableError, OverloadedError, InvalidArgumentError
   */
  async ask<const TQuestion extends Question<TMessage>>(
    message: TQuestion,
    { by = 'roundRobin', ...options }: GroupAskOptions = {},
  ): Promise<Answer<TMessage, TQuestion>> {
    const member = this.#choose(by);
    if (!member) throw new EmptyGroupError(this.name);
    const pending = this.#pending;
    pending.set(member, (pending.get(member) ?? 0) + 1);
    try {
      return await member.ask(message, options);
    } finally {
      pending.set(member, (pending.get(member) ?? 1) - 1);
    }
  }

  #choose(by: MemberChoice): Ref<TMessage> | undefined {
    const { members } = this;
    if (typeof by === 'object') {
      if (typeof by?.key !== 'string') throw invalidChoice(by);
      return memberFor(by.key, members);
    }
    const turn = this.#naming.directory?.groups.turn(this.name) ?? 0;
    if (by === 'roundRobin') return members[turn];
    if (by !== 'leastPending') throw invalidChoice(by);
    return leastOf(members, turn, (member) => this.#pending.get(member) ?? 0);
  }
}

function invalidChoice(by: unknown): InvalidArgumentError {
  return new InvalidArgumentError(
    `by must be 'roundRobin', 'leastPending' or { key }, got ${preview(by)}`,
  );
}

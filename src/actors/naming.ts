/** Gives names and memberships to actors, by asking their nodes; and finds actors by name. */

import { AskError, NameError, NameTakenError } from '../errors/actors.ts';
import type { NodeId } from '../membership/node-id.ts';
import type { ActorNode } from './actor-node.ts';
import type { Directory } from './directory.ts';
import { isActorName } from './entry.ts';
import type { AskOptions, Line } from './line.ts';
import { Ref, type RefHost } from './ref.ts';
import { SERVICE } from './service.ts';

/** `cluster`: known on every node; `node`: on the node of the actor alone. */
export type NameScope = 'node' | 'cluster';

interface Host extends RefHost {
  /** Of the present life, or the last one; undefined before the first start. */
  readonly directory: Directory | undefined;
  /** @throws ClusterNotStartedError */
  running(): ActorNode;
}

export class Naming {
  readonly #host: Host;

  constructor(host: Host) {
    this.#host = host;
  }

  /** Undefined before the first start. */
  get directory(): Directory | undefined {
    return this.#host.directory;
  }

  /** Rejects with NameTakenError, NameError, OverloadedError or ClusterNotStartedError. */
  async register(name: string, ref: Ref, scope: NameScope, options?: AskOptions): Promise<void> {
    this.#host.running();
    // Its node may not have heard of it yet.
    const holder = scope === 'cluster' ? this.holder(name, scope) : undefined;
    if (holder && !holder.equals(ref)) throw new NameTakenError(name, holder);
    const line = this.#host.lineTo(ref.nodeId, ref.uid);
    checkEntered(name, await this.#ask(name, line, ['register', scope, name, ref.number], options));
  }

  /** The same for a group. */
  async join(group: string, ref: Ref, options?: AskOptions): Promise<void> {
    this.#host.running();
    const line = this.#host.lineTo(ref.nodeId, ref.uid);
    checkEntered(group, await this.#ask(group, line, ['join', group, ref.number], options));
  }

  async leave(group: string, ref: Ref, options?: AskOptions): Promise<boolean> {
    this.#host.running();
    const line = this.#host.lineTo(ref.nodeId, ref.uid);
    return (await this.#ask(group, line, ['leave', group, ref.number], options)) === true;
  }

  /** Takes a name of the cluster from whoever has it. */
  async unregister(name: string, options?: AskOptions): Promise<boolean> {
    this.#host.running();
    const holder = this.holder(name, 'cluster');
    if (!holder) return false;
    const line = this.#host.lineTo(holder.nodeId, holder.uid);
    return (await this.#ask(name, line, ['unregister', 'cluster', name], options)) === true;
  }

  /** The same on one node alone, by default this one. */
  async unregisterOn(name: string, on: NodeId | undefined, options?: AskOptions): Promise<boolean> {
    const line = this.#lineTo(name, on);
    return (await this.#ask(name, line, ['unregister', 'node', name], options)) === true;
  }

  /** As known here. */
  holder(name: string, scope: NameScope): Ref | undefined {
    return scope === 'node' ? this.directory?.locals.get(name) : this.directory?.names.holder(name);
  }

  async holderOn(name: string, on: NodeId, options?: AskOptions): Promise<Ref | undefined> {
    const found = await this.#ask(name, this.#lineTo(name, on), ['whereis', name], options);
    return found instanceof Ref ? found : undefined;
  }

  /** Sorted. */
  all(scope: NameScope): ReadonlyMap<string, Ref> {
    if (scope === 'cluster') return this.directory?.names.all() ?? new Map();
    const locals = [...(this.directory?.locals ?? [])];
    return new Map(locals.sort(([a], [b]) => (a < b ? -1 : 1)));
  }

  #lineTo(name: string, on: NodeId | undefined): Line {
    const node = this.#host.running();
    const line = on === undefined ? node.own : node.line(on);
    if (!line) throw new NameError(name, 'node_down');
    return line;
  }

  async #ask(
    name: string,
    line: Line,
    request: readonly unknown[],
    options: AskOptions | undefined,
  ): Promise<unknown> {
    if (!isActorName(name)) throw new NameError(name, 'invalid');
    try {
      return await line.ask(SERVICE, request, options);
    } catch (error) {
      if (!(error instanceof AskError)) throw error;
      const { reason } = error;
      const isKnown = reason === 'timeout' || reason === 'node_down' || reason === 'cancelled';
      throw new NameError(name, isKnown ? reason : 'failed', { cause: error.cause ?? error });
    }
  }
}

/** The answer comes from another node: it may be anything. */
function checkEntered(name: string, answer: unknown): void {
  const [outcome, holder]: readonly unknown[] = Array.isArray(answer) ? answer : [];
  if (outcome === 'done') return;
  if (outcome === 'taken' && holder instanceof Ref) throw new NameTakenError(name, holder);
  if (outcome === 'invalid' || outcome === 'no_actor' || outcome === 'full') {
    throw new NameError(name, outcome);
  }
  throw new NameError(name, 'failed');
}

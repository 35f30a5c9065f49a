import { type Claim, precedes } from './claim.ts';
import type { Ref } from './ref.ts';

/** The names of the cluster, each with all who claim it; the first of them has it. */
export class NameTable {
  readonly #claims = new Map<string, readonly Claim<Ref>[]>();

  holder(name: string): Ref | undefined {
    return this.#claims.get(name)?.[0]?.ref;
  }

  /** In the place of what the same node has claimed before. */
  add(name: string, claim: Claim<Ref>): void {
    const others = this.#others(name, claim.ref);
    const before = others.filter((other) => precedes(other, claim));
    this.#claims.set(name, [...before, claim, ...others.slice(before.length)]);
  }

  /** Whatever the node of this actor has claimed. */
  remove(name: string, ref: Ref): void {
    const others = this.#others(name, ref);
    if (others.length > 0) this.#claims.set(name, others);
    else this.#claims.delete(name);
  }

  /** Sorted. */
  all(): ReadonlyMap<string, Ref> {
    const names = [...this.#claims.keys()].sort();
    return new Map(names.flatMap((name) => this.#entry(name)));
  }

  #entry(name: string): readonly (readonly [string, Ref])[] {
    const ref = this.holder(name);
    return ref ? [[name, ref]] : [];
  }

  #others(name: string, { nodeId, uid }: Ref): readonly Claim<Ref>[] {
    const claims = this.#claims.get(name) ?? [];
    return claims.filter(({ ref }) => ref.nodeId !== nodeId || ref.uid !== uid);
  }
}

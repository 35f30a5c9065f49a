import { readFileSync } from 'node:fs';

/** Known answers, made by an implementation in another language. */
export interface Vectors {
  readonly shardFromString: readonly {
    readonly key: string;
    readonly numShards: number;
    readonly seed: string;
    readonly hash64: string;
    readonly shard: number;
  }[];
  readonly scores: readonly {
    readonly shard: number;
    readonly node: string;
    readonly seed: string;
    readonly score64: string;
  }[];
  readonly ownership: readonly {
    readonly nodes: readonly string[];
    readonly numShards: number;
    readonly seed: string;
    readonly ownedCount: Readonly<Record<string, number>>;
    readonly first16Owners: readonly string[];
    readonly ownersDigest: string;
  }[];
  readonly movement: {
    readonly numShards: number;
    readonly seed: string;
    readonly base: readonly string[];
    readonly join: { readonly nodes: readonly string[]; readonly moved: number };
    readonly leave: { readonly nodes: readonly string[]; readonly moved: number };
  };
}

export const VECTORS: Vectors = JSON.parse(
  readFileSync(new URL('vectors.json', import.meta.url), 'utf8'),
);

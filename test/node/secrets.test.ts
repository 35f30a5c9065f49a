import { describe, expect, it } from 'vitest';
import { SecretRing, secretIdOf } from '../../src/node/secrets.ts';
import type { Keys } from '../../src/ports.ts';

/** Not stretched, but different for each secret and cluster. */
const keys: Keys = {
  pair: () => ({ publicKey: new Uint8Array(32), agree: () => null }),
  stretch: (secret, clusterName) => Uint8Array.from([...secret, ...Buffer.from(clusterName)]),
};

const bytes = (text: string) => new TextEncoder().encode(text);
const ring = (...secrets: string[]) => new SecretRing(keys, 'main', secrets.map(bytes));
const idAt = ({ psks }: SecretRing, index: number) => {
  const psk = psks[index];
  return psk ? secretIdOf(psk) : null;
};

describe('a ring of secrets', () => {
  it('stretches each for its cluster, in order', () => {
    expect(ring('new', 'old').psks.map((psk) => Buffer.from(psk).toString())).toEqual([
      'newmain',
      'oldmain',
    ]);
  });

  it('names them without telling them', () => {
    const [first, second] = [idAt(ring('new', 'old'), 0), idAt(ring('new', 'old'), 1)];
    expect(first).toMatch(/^[0-9a-f]{16}$/);
    expect(second).not.toBe(first);
    expect(idAt(ring('old'), 0)).toBe(second);
  });

  it('accepts all and prefers the first', () => {
    const both = ring('new', 'old');
    const [fresh, stale] = [idAt(both, 0), idAt(both, 1)];
    expect([both.accepts(fresh), both.accepts(stale), both.accepts('0123456789abcdef')]).toEqual([
      true,
      true,
      false,
    ]);
    expect([both.isPreferred(fresh), both.isPreferred(stale)]).toEqual([true, false]);
  });

  it('after a change judges by the new ones', () => {
    const all = ring('old');
    const stale = idAt(all, 0);
    all.replace([bytes('new'), bytes('old')]);
    expect([all.accepts(stale), all.isPreferred(stale)]).toEqual([true, false]);
    all.replace([bytes('new')]);
    expect(all.accepts(stale)).toBe(false);
  });

  it('without any accepts only what needed none', () => {
    const open = ring();
    expect([open.accepts(null), open.isPreferred(null)]).toEqual([true, true]);
    expect(ring('some').accepts(null)).toBe(false);
    expect(open.accepts(idAt(ring('some'), 0))).toBe(false);
  });

  it('counts the sessions that each has proven, and those on retired ones', () => {
    const both = ring('new', 'old');
    const [fresh, stale] = [idAt(both, 0), idAt(both, 1)];
    const sessions = [fresh, stale, fresh].map((secretId) => ({ secretId }));
    expect(both.use(sessions)).toEqual([
      { index: 0, sessions: 2 },
      { index: 1, sessions: 1 },
    ]);
    expect(both.use([])).toEqual([
      { index: 0, sessions: 0 },
      { index: 1, sessions: 0 },
    ]);
    both.replace([bytes('new')]);
    expect(both.use(sessions)).toEqual([
      { index: 0, sessions: 2 },
      { index: null, sessions: 1 },
    ]);
    expect(ring().use([{ secretId: null }])).toEqual([]);
  });
});

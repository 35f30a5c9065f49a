import { describe, expect, it } from 'vitest';
import type { Resolved } from '../../src/ports.ts';
import { systemResolver } from '../../src/system/resolver.ts';

const resolve = (host: string) =>
  new Promise<Resolved>((done) => {
    systemResolver.resolve(host, done);
  });

describe('the system resolver', () => {
  it.each(['10.0.0.1', '::1'])('answers %s with itself, later', async (host) => {
    const seen: Resolved[] = [];
    systemResolver.resolve(host, (result) => seen.push(result));
    expect(seen).toEqual([]);
    expect(await resolve(host)).toEqual({ ok: true, addresses: [host] });
    expect(seen.length).toBe(1);
  });

  it('knows localhost', async () => {
    const result = await resolve('localhost');
    expect(result.ok && result.addresses.some((a) => a === '127.0.0.1' || a === '::1')).toBe(true);
  });

  it('says when a name is nobody', async () => {
    expect(await resolve('nobody.invalid')).toMatchObject({ ok: false });
  });

  it('is silent once cancelled', async () => {
    const seen: Resolved[] = [];
    systemResolver.resolve('10.0.0.1', (result) => seen.push(result))();
    systemResolver.resolve('localhost', (result) => seen.push(result))();
    await resolve('localhost');
    expect(seen).toEqual([]);
  });
});

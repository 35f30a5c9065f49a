import { describe, expect, it } from 'vitest';
import { systemKeys } from '../../src/system/keys.ts';

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');
const bytes = (text: string) => new TextEncoder().encode(text);

describe('key agreement', () => {
  it('gives both sides one secret of 32 bytes, another one each time', () => {
    const [a, b] = [systemKeys.pair(), systemKeys.pair()];
    const shared = a.agree(b.publicKey);
    expect(a.publicKey.length).toBe(32);
    expect(shared?.length).toBe(32);
    expect(shared).toEqual(b.agree(a.publicKey));
    expect(shared).not.toEqual(a.agree(systemKeys.pair().publicKey));
  });

  it.each([
    ['the zero point', '00'.repeat(32)],
    ['the point one', `01${'00'.repeat(31)}`],
    ['a point of order eight', 'e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800'],
    ['a short key', '01'.repeat(31)],
    ['a long key', '01'.repeat(33)],
    ['nothing', ''],
  ])('refuses %s', (_, key) => {
    expect(systemKeys.pair().agree(Buffer.from(key, 'hex'))).toBeNull();
  });
});

describe('the stretched secret', () => {
  it('is scrypt with the cluster name in the salt', () => {
    expect(hex(systemKeys.stretch(bytes('correct horse'), 'default'))).toBe(
      'bb3eac44f62c07420f09686f218da912de8bec606524f57d112bbd409b7eb709',
    );
  });

  it('differs by secret and by cluster, and cannot be changed by who got it', () => {
    const first = systemKeys.stretch(bytes('s'), 'a');
    expect(systemKeys.stretch(bytes('s'), 'b')).not.toEqual(first);
    expect(systemKeys.stretch(bytes('sa'), '')).not.toEqual(first);
    const before = hex(first);
    first.fill(0);
    expect(hex(systemKeys.stretch(bytes('s'), 'a'))).toBe(before);
  });
});

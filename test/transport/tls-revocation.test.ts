import { describe, expect, it } from 'vitest';
import { isReadable, listsEndAt, singleLists } from '../../src/transport/tls-revocation.ts';

/** Version 2, with extensions; the years before 2050 are written with two digits. */
const ROOT_2026 = `
-----BEGIN X509 CRL-----
MIHHMG8CAQEwCgYIKoZIzj0EAwIwDzENMAsGA1UEAwwEcm9vdBcNMjYwMTAyMDMw
NDA1WhcNMjYxMjMxMjM1OTU4WqAvMC0wHwYDVR0jBBgwFoAUv+fZy0YI2/6WRp5/
PMRkeCvpE1gwCgYDVR0UBAMCAQEwCgYIKoZIzj0EAwIDSAAwRQIhAI15/JISAboc
V48QSP5bNeEmMAMprzSLJGtU8SGXFgXxAiBxZUOwFUHy6aGHy7G1RVoDg3yKJTpv
wN6U/DVRZnXSdA==
-----END X509 CRL-----
`;

/** Version 1, of another CA; its end is written with four digits. */
const OTHER_2056 = `
-----BEGIN X509 CRL-----
MIGXMEAwCgYIKoZIzj0EAwIwEjEQMA4GA1UEAwwHZm9yZWlnbhcNMjYwMTAyMDMw
NDA1WhgPMjA1NjAyMDMwNDA1MDZaMAoGCCqGSM49BAMCA0cAMEQCIH1XDtJpC2Je
ccwKpYPtV1qsHVEUjeDynAh06nuXZSlwAiA/Mf3uHEGssyeO6tKUwN4pWRzHjTsh
9rY2maJy6rf1hA==
-----END X509 CRL-----
`;

/** As the one before, but it does not say when the next one comes. */
const OTHER_ENDLESS = `
-----BEGIN X509 CRL-----
MIGGMC8wCgYIKoZIzj0EAwIwEjEQMA4GA1UEAwwHZm9yZWlnbhcNMjYwMTAyMDMw
NDA1WjAKBggqhkjOPQQDAgNHADBEAiB9Vw7SaQtiXnHMCqWD7VdarB1RFI3g8pwI
dOp7l2UpcAIgPzH97hxBrLMnjurSlMDeKVkcx407Ifa2Npmicuq39YQ=
-----END X509 CRL-----
`;

describe('lists of revoked certificates', () => {
  it.each([
    ['with extensions', [ROOT_2026], '2026-12-31T23:59:58.000Z'],
    ['without, and a far end', [OTHER_2056], '2056-02-03T04:05:06.000Z'],
    ['of several CAs', [OTHER_2056 + ROOT_2026], '2026-12-31T23:59:58.000Z'],
    ['of several CAs, one by one', [ROOT_2026, OTHER_2056], '2026-12-31T23:59:58.000Z'],
    ['of which one never ends', [ROOT_2026, OTHER_ENDLESS], '2026-12-31T23:59:58.000Z'],
  ])('%s end when the first of them does', (_, texts, end) => {
    expect(new Date(listsEndAt(texts)).toISOString()).toBe(end);
  });

  it.each([
    ['there is none', []],
    ['it does not say when', [OTHER_ENDLESS]],
    ['its CA has another that does not', [OTHER_2056, OTHER_ENDLESS]],
  ])('never end when %s', (_, texts) => {
    expect(listsEndAt(texts)).toBeNaN();
  });

  it('are found one by one, whatever stands between them', () => {
    const text = `Certificate Revocation List:\n${ROOT_2026}\nand\n${OTHER_2056}`;
    expect(singleLists(text)).toEqual([ROOT_2026.trim(), OTHER_2056.trim()]);
  });

  it('are readable when all of them are', () => {
    expect(isReadable(ROOT_2026 + OTHER_2056)).toBe(true);
    expect(isReadable(ROOT_2026 + OTHER_2056.replace('MIGX', 'MIGY'))).toBe(false);
    expect(isReadable('')).toBe(false);
  });

  it.each([
    ['is cut off', (list: string) => list.slice(0, list.length * 0.7)],
    ['has lost its beginning', (list: string) => list.slice(list.length * 0.3)],
    ['has a dash too few at its end', (list: string) => list.replace(/-\n$/, '\n')],
    ['has a dash too few at its beginning', (list: string) => list.replace('-----', '----')],
    ['has a header', (list: string) => list.replace('-----\n', '-----\nX-From: ca\n\n')],
  ])('are not readable when one %s', (_, spoil) => {
    expect(isReadable(ROOT_2026 + spoil(OTHER_2056))).toBe(false);
    expect(isReadable(spoil(ROOT_2026) + OTHER_2056)).toBe(false);
  });
});

import { X509Certificate } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { nameProblem, nodeUri } from '../../src/transport/tls-names.ts';
import { CertificateAuthority } from '../support/certificate-authority.ts';

const authority = new CertificateAuthority();
const CLAIM = { clusterName: 'default', nodeName: 'a', host: '10.0.0.1' };

function problem(names: string, claim: Partial<typeof CLAIM> = {}): string | null {
  const { cert } = authority.issue('subject.example', names);
  return nameProblem(new X509Certificate(cert).toLegacyObject(), { ...CLAIM, ...claim });
}

describe('a certificate', () => {
  it.each([
    ['IP:10.0.0.1', {}],
    ['IP:10.0.0.9,IP:10.0.0.1', {}],
    ['IP:fd00::1', { host: 'fd00:0::1' }],
    ['DNS:a.example', { host: 'a.example' }],
    ['DNS:*.shop.example', { host: 'a.shop.example' }],
    ['URI:chartmesh://default/a', {}],
    ['URI:chartmesh://default/a', { host: 'wherever.example' }],
    ['URI:chartmesh://a%20b%2Cc/a', { clusterName: 'a b,c' }],
    ['DNS:other.example,URI:chartmesh://default/a', {}],
  ])('with %s vouches for %j', (names, claim) => {
    expect(problem(names, claim)).toBeNull();
  });

  it.each([
    ['IP:10.0.0.2', {}],
    ['DNS:10.0.0.1', {}],
    ['DNS:a.example', { host: 'b.example' }],
    ['DNS:*.shop.example', { host: 'a.b.shop.example' }],
    ['URI:chartmesh://default/b', {}],
    ['URI:chartmesh://default/ab', {}],
    ['URI:chartmesh://default/a/', {}],
    ['URI:chartmesh://staging/a', {}],
    ['URI:https://default/a', {}],
    ['DNS:chartmesh://default/a', {}],
  ])('with %s does not vouch for %j', (names, claim) => {
    expect(problem(names, claim)).toMatch(/^its certificate names .*, and neither the host /);
  });

  it('cannot hide a name inside another, as a careless reader would find it', () => {
    const hidden = 'x, URI:chartmesh://default/a, y';
    const { cert } = authority.issue('a', '@names', { more: `[names]\nDNS=${hidden}\n` });
    const certificate = new X509Certificate(cert).toLegacyObject();
    expect(certificate.subjectaltname).toContain(' URI:chartmesh://default/a');
    expect(nameProblem(certificate, CLAIM)).toMatch(/^its certificate names /);
  });

  it('says what it names and what is missing', () => {
    expect(problem('DNS:b.example')).toBe(
      'its certificate names DNS:b.example, and neither the host 10.0.0.1 nor ' +
        'chartmesh://default/a: issue one with the right subjectAltName',
    );
  });
});

it('names a node by cluster and name, percent-encoded', () => {
  expect(nodeUri(CLAIM)).toBe('chartmesh://default/a');
  expect(nodeUri({ ...CLAIM, clusterName: "it's / 100%" })).toBe(
    'chartmesh://it%27s%20%2F%20100%25/a',
  );
});

import { describe, expect, it } from 'vitest';
import { parseTls } from '../../src/api/tls-config.ts';
import { InvalidClusterConfigError } from '../../src/index.ts';
import { createMemoryNetwork, seededRandom, TestClock } from '../../src/testing/index.ts';
import { CertificateAuthority } from '../support/certificate-authority.ts';
import { localNode } from './local-nodes.ts';

const authority = new CertificateAuthority('first');
const other = new CertificateAuthority('second');
const issued = authority.issue('a', 'IP:127.0.0.1');
const locked = authority.issue('a', 'IP:127.0.0.1', { passphrase: 'sesame' });
const foreign = other.issue('b', 'IP:127.0.0.1');
const list = authority.revocationList();

const cutOff = (pem: string) => pem.slice(0, pem.length * 0.7);
const shortEnd = (pem: string) => pem.replace(/-\n$/, '\n');
const withHeader = (pem: string) => pem.replace('-----\n', '-----\nX-From: ca\n\n');

function refusal(tls: unknown): string {
  try {
    parseTls(tls);
  } catch (error) {
    if (error instanceof InvalidClusterConfigError) return error.reason;
  }
  throw new Error('was not refused with an InvalidClusterConfigError');
}

describe('the option tls', () => {
  it.each([
    [undefined, null],
    [false, null],
    [true, { kind: 'anonymous' }],
  ])('%j is %j', (tls, expected) => {
    expect(parseTls(tls)).toEqual(expected);
  });

  it('takes PEM as text or bytes, one CA or several, and an encrypted key', () => {
    const bytes = {
      key: Buffer.from(issued.key),
      cert: Buffer.from(issued.cert),
      ca: Buffer.from(authority.cert),
    };
    expect(parseTls(bytes)).toEqual(parseTls(issued));
    const ca = [authority.cert, other.cert];
    expect(parseTls({ ...issued, ca })).toMatchObject({ certificates: { ca } });
    parseTls({ ...issued, ca: ca.join('\n') });
    parseTls({ ...locked, passphrase: 'sesame' });
    parseTls({ ...issued, crl: [list, list + other.revocationList()] });
  });

  it.each([
    ['yes', 'tls must be true or an object with key, cert and ca, got "yes"'],
    [null, 'tls must be true or an object with key, cert and ca, got null'],
    [[], 'tls must be true or an object with key, cert and ca, got an array'],
    [{ ...issued, certs: 1 }, 'unknown tls option "certs"; did you mean "cert"?'],
    [{}, 'tls.key must be PEM text, a string or a Uint8Array'],
    [{ key: issued.key }, 'tls.cert must be PEM text, a string or a Uint8Array'],
    [{ key: issued.key, cert: issued.cert }, 'tls.ca must be PEM text, or a list of such'],
    [{ ...issued, ca: [] }, 'tls.ca must be PEM text, or a list of such'],
    [{ ...issued, ca: [authority.cert, 1] }, 'tls.ca must be PEM text, or a list of such'],
    [{ ...issued, passphrase: 1 }, 'tls.passphrase must be a string'],
    [
      { ...issued, key: '/etc/ssl/node.key' },
      'tls.key is no private key in PEM form ("-----BEGIN ..."): pass the content of the file, not its path',
    ],
    [
      { ...issued, cert: '/etc/ssl/node.crt' },
      'tls.cert is no certificate in PEM form ("-----BEGIN ..."): pass the content of the file, not its path',
    ],
    [
      { ...issued, key: issued.cert },
      'tls.key holds no private key that can be read: pass a whole PEM file, as openssl writes it',
    ],
    [
      { ...issued, ca: [authority.cert, authority.cert.slice(0, 200)] },
      'tls.ca[1] holds no certificate that can be read: pass a whole PEM file, as openssl writes it',
    ],
    [
      { ...issued, cert: foreign.cert },
      'tls.cert does not belong to tls.key: pass those of one node',
    ],
    ...['nonsense', '/etc/ssl/ca.crl'].map((crl): [object, string] => [
      { ...issued, crl },
      'tls.crl is no list of revoked certificates in PEM form ("-----BEGIN ..."): pass the content of the file, not its path',
    ]),
    ...[authority.cert, list.slice(0, 200), list.replace(/\n.{8}/, '\n!!!!!!!!')].map(
      (crl): [object, string] => [
        { ...issued, crl },
        'tls.crl holds no list of revoked certificates that can be read: pass a whole PEM file, as openssl writes it',
      ],
    ),
    [
      { ...issued, crl: [list, list + list.replace(/\n.{8}/, '\n!!!!!!!!')] },
      'tls.crl[1] holds no list of revoked certificates that can be read: pass a whole PEM file, as openssl writes it',
    ],
    ...[cutOff, shortEnd, withHeader].flatMap((spoil): [object, string][] => [
      [
        { ...issued, crl: list + spoil(other.revocationList()) },
        'tls.crl holds no list of revoked certificates that can be read: pass a whole PEM file, as openssl writes it',
      ],
      [
        { ...issued, ca: authority.cert + spoil(other.cert) },
        'tls.ca holds no certificate that can be read: pass a whole PEM file, as openssl writes it',
      ],
    ]),
    ...['serverAuth', 'clientAuth'].map((usage): [object, string] => [
      authority.issue('a', 'IP:127.0.0.1', { usage }),
      `tls.cert does not allow ${usage === 'serverAuth' ? 'clientAuth' : 'serverAuth'}, and a node is both server and client: issue it with extendedKeyUsage=serverAuth,clientAuth`,
    ]),
    [locked, 'tls.key is encrypted: set tls.passphrase'],
    [{ ...locked, passphrase: 'wrong' }, 'tls.passphrase does not open tls.key'],
  ])('is refused for what is wrong with it (%#)', (tls, reason) => {
    expect(refusal(tls)).toBe(reason);
  });

  it('never tells what was passed as key', () => {
    const key = '-----BEGIN PRIVATE KEY-----\nc2VjcmV0\n-----END PRIVATE KEY-----\n';
    for (const tls of [
      { ...issued, key },
      { ...issued, key: 'c2VjcmV0' },
    ]) {
      expect(refusal(tls)).not.toContain('c2VjcmV0');
    }
  });

  it('is refused over a network that is not the machine’s', async () => {
    const network = createMemoryNetwork({ clock: new TestClock(), random: seededRandom(1) });
    const node = localNode({ network: network.host('10.0.0.1') });
    await expect(node.start({ nodeName: 'a', tls: true })).rejects.toMatchObject({
      reason: 'tls needs the network of the machine: leave it out where the network is simulated',
    });
    expect(node.getStatus()).toBe('stopped');
  });
});

describe('setTls', () => {
  const config = { nodeName: 'a', host: '127.0.0.1', port: 0 };
  const kind = 'tls can be replaced only on a node that was started with key, cert and ca';

  it.each([undefined, true] as const)('is refused on a node with tls %j', async (tls) => {
    const node = localNode({});
    await node.start({ ...config, tls });
    expect(() => node.setTls(issued)).toThrow(expect.objectContaining({ reason: kind }));
  });

  it('is refused before start, and for what start would refuse', async () => {
    const node = localNode({});
    expect(() => node.setTls(issued)).toThrow(
      expect.objectContaining({ code: 'CLUSTER_NOT_STARTED' }),
    );
    await node.start({ ...config, tls: issued });
    expect(() => node.setTls({ ...issued, key: 'x' })).toThrow(InvalidClusterConfigError);
    const serverOnly = authority.issue('a', 'IP:127.0.0.1', { usage: 'serverAuth' });
    expect(() => node.setTls(serverOnly)).toThrow(InvalidClusterConfigError);
    node.setTls(issued);
  });
});

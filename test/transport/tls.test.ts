import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { setImmediate } from 'node:timers/promises';
import { connect as connectTls, TLSSocket } from 'node:tls';
import { afterEach, describe, expect, it } from 'vitest';
import type { Link, LinkError, Network } from '../../src/ports.ts';
import { tlsNetwork } from '../../src/transport/tls.ts';
import {
  secureContext,
  type TlsCertificates,
  type TlsSettings,
} from '../../src/transport/tls-settings.ts';
import { CertificateAuthority } from '../support/certificate-authority.ts';

const authority = new CertificateAuthority('ours');
const foreign = new CertificateAuthority('theirs');
const certified = (names = 'IP:127.0.0.1'): TlsSettings => ({
  kind: 'certificates',
  certificates: authority.issue('a', names),
});
const CERTIFIED = certified();
const ANONYMOUS: TlsSettings = { kind: 'anonymous' };
const FOREIGN: TlsSettings = {
  kind: 'certificates',
  certificates: foreign.issue('a', 'IP:127.0.0.1'),
};
const CLAIM = { clusterName: 'default', nodeName: 'a', host: '127.0.0.1' };

const closers: (() => void)[] = [];
afterEach(() => {
  for (const close of closers.splice(0)) close();
});

async function until(condition: () => boolean) {
  while (!condition()) await setImmediate();
}

function opened(link: Link) {
  const seen = { text: '', closed: [] as (LinkError | null)[] };
  link.open({
    data: (chunk) => {
      seen.text += Buffer.from(chunk).toString();
    },
    drain: () => {},
    closed: (error) => seen.closed.push(error),
  });
  closers.push(() => link.destroy());
  return seen;
}

async function listening(settings: TlsSettings) {
  const links: Link[] = [];
  const network = tlsNetwork(settings);
  const port = await new Promise<number>((resolve, reject) => {
    const listener = network.listen(
      { host: '127.0.0.1', port: 0 },
      { listening: (bound) => resolve(bound.port), link: (l) => links.push(l), failed: reject },
    );
    closers.push(() => {
      listener.close(() => {});
      for (const link of links) link.destroy();
    });
  });
  const accepted = async (at = 0) => {
    await until(() => links.length > at);
    const link = links[at];
    if (!link) throw new Error('not accepted');
    return link;
  };
  return { network, links, port, accepted };
}

function dial(settings: TlsSettings, port: number): Promise<Link> {
  return dialFrom(tlsNetwork(settings), port);
}

function dialFrom(network: Network, port: number): Promise<Link> {
  return new Promise((resolve, reject) => {
    network.dial({ host: '127.0.0.1', port }, (result) => {
      if (result.ok) resolve(result.link);
      else reject(result.error);
    });
  });
}

describe('a link over TLS', () => {
  it('vouches for nobody before TLS is agreed, then for whom the certificate names', async () => {
    const { port, accepted } = await listening(CERTIFIED);
    const near = await dial(CERTIFIED, port);
    const far = await accepted();
    expect([near.channelBinding, far.channelBinding]).toEqual([null, null]);
    expect(near.claimProblem(() => CLAIM)).toBe('TLS has not been agreed');
    expect(far.claimProblem(() => CLAIM)).toBe('TLS has not been agreed');
    const seen = opened(far);
    opened(near);
    near.write(Buffer.from('x'));
    await until(() => seen.text === 'x');
    for (const link of [near, far]) {
      expect(link.claimProblem(() => CLAIM)).toBeNull();
      expect(link.claimProblem(() => ({ ...CLAIM, host: '10.0.0.1' }))).toMatch(
        /^its certificate names/,
      );
    }
  });

  it('vouches for everybody without certificates: proofs are the handshake’s', async () => {
    const { port, accepted } = await listening(ANONYMOUS);
    const near = await dial(ANONYMOUS, port);
    const seen = opened(await accepted());
    near.write(Buffer.from('x'));
    await until(() => seen.text === 'x');
    expect(near.claimProblem(() => CLAIM)).toBeNull();
  });

  it.each([
    ['certificates of another CA', CERTIFIED, FOREIGN],
    ['certificates where none are wanted', CERTIFIED, ANONYMOUS],
  ])('says nothing to a server with %s, except why it hangs up', async (_, server, client) => {
    const { port, accepted } = await listening(server);
    const near = await dial(client, port);
    const [nearSeen, farSeen] = [opened(near), opened(await accepted())];
    near.write(Buffer.from('for trusted ears only'));
    await until(() => nearSeen.closed.length + farSeen.closed.length === 2);
    expect(nearSeen.closed).toMatchObject([{ fault: 'certificate' }]);
    expect(near.channelBinding).toBeNull();
    expect(Buffer.from(farSeen.text).toString('hex')).toBe('000000010508');
  });

  it('is not bound to a client that is not trusted, and vouches for none of its claims', async () => {
    const { port, accepted } = await listening(CERTIFIED);
    const client = foreign.issue('a', 'IP:127.0.0.1');
    const near = await dial(
      { kind: 'certificates', certificates: { ...client, ca: [authority.cert] } },
      port,
    );
    const far = await accepted();
    const seen = opened(far);
    near.write(Buffer.from('x'));
    await until(() => seen.text === 'x');
    expect(far.channelBinding).toBeNull();
    expect(far.claimProblem(() => CLAIM)).toBe(
      'its certificate is of a CA that is not in `tls.ca` of this node, or those between it and ' +
        'the CA are missing: compare its `tls.cert`, which must hold them',
    );
  });

  const between = new CertificateAuthority('between', authority);
  const below = between.issue('a', 'IP:127.0.0.1');
  const chain = { ...below, cert: below.cert + between.cert, ca: [authority.cert] };
  const limited = (usage: string) => authority.issue('a', 'IP:127.0.0.1', { usage });
  const purpose = 'its certificate is for another purpose: it needs both serverAuth and clientAuth';
  const unknown =
    'its certificate is of a CA that is not in `tls.ca` of this node, or those between it and the ' +
    'CA are missing: compare its `tls.cert`, which must hold them';
  const unchecked = 'no certificate can be checked by `tls.crl` of this node: ';
  const good = authority.issue('a', 'IP:127.0.0.1');
  const withoutLists = new CertificateAuthority('no lists', undefined, 'keyCertSign');
  const listless = withoutLists.issue('a', 'IP:127.0.0.1');

  it.each<readonly [string, TlsCertificates, TlsCertificates, string | null]>([
    ['a chain with what is between it and the CA', good, chain, null],
    ['a chain with a gap', good, { ...chain, cert: below.cert }, unknown],
    ['a certificate for servers only', good, limited('serverAuth'), purpose],
    ['a certificate for clients only', good, limited('clientAuth'), purpose],
    ['a current list', { ...good, crl: [authority.revocationList()] }, good, null],
    [
      'current lists of both CAs in one text',
      { ...good, crl: [between.revocationList() + authority.revocationList()] },
      chain,
      null,
    ],
    [
      'an expired list',
      { ...good, crl: [authority.revocationList(-1)] },
      good,
      `${unchecked}a list in it has expired: pass a current one to \`setTls\``,
    ],
    [
      'a list of another CA',
      { ...good, crl: [foreign.revocationList()] },
      good,
      `${unchecked}it holds no list of that CA: with \`tls.crl\`, every CA needs one`,
    ],
    [
      'a list of a CA that may sign certificates only',
      { ...listless, crl: [withoutLists.revocationList()] },
      listless,
      'its certificate was not accepted, and TLS does not say why (UNSPECIFIED): with `tls.crl` of ' +
        'this node, a CA with a keyUsage needs cRLSign in it, too',
    ],
    ['the same without its list', listless, listless, null],
    [
      'a CA that is below another',
      { ...good, ca: [between.cert] },
      chain,
      'it presented no certificate, or a CA in `tls.ca` of this node was issued by another one ' +
        'that is missing there: compare its `tls.cert` and the own `tls.ca`',
    ],
  ])('judges %s alike, whoever dials', async (_, judge, judged, verdict) => {
    const judgeOf = (certificates: TlsCertificates) =>
      ({ kind: 'certificates', certificates }) as const;
    const inbound = await listening(judgeOf(judge));
    const from = await dial(judgeOf(judged), inbound.port);
    const accepted = await inbound.accepted();
    const [heard, seenThere] = [opened(accepted), opened(from)];
    from.write(Buffer.from('x'));
    await until(() => heard.text === 'x' || seenThere.closed.length > 0);
    expect(accepted.claimProblem(() => CLAIM)).toBe(verdict);

    const outbound = await listening(judgeOf(judged));
    const to = await dial(judgeOf(judge), outbound.port);
    const [said, hearsThere] = [opened(to), opened(await outbound.accepted())];
    to.write(Buffer.from('x'));
    await until(() => hearsThere.text === 'x' || said.closed.length > 0);
    const expected = verdict === null ? [] : [{ fault: 'certificate', message: verdict }];
    expect(said.closed).toMatchObject(expected);
  });

  it('does not resume an earlier session, whose verdict may be outdated', async () => {
    const { port, accepted } = await listening(CERTIFIED);
    const context = secureContext(CERTIFIED);
    let session: Buffer | undefined;
    for (const at of [0, 1]) {
      const socket = connectTls({
        ...{ host: '127.0.0.1', port, secureContext: context, rejectUnauthorized: false },
        ...(session && { session }),
      });
      closers.push(() => socket.destroy());
      socket.on('error', () => {});
      opened(await accepted(at));
      session = await new Promise<Buffer>((resolve) => socket.once('session', resolve));
      expect([socket.authorized, socket.isSessionReused()]).toEqual([true, false]);
    }
  });

  it('uses new certificates for new links and keeps the old ones', async () => {
    const { network, port, accepted } = await listening(CERTIFIED);
    const first = await dial(CERTIFIED, port);
    const seen = opened(await accepted());
    opened(first);
    first.write(Buffer.from('a'));
    await until(() => seen.text === 'a');
    network.replace(FOREIGN);
    const second = await dialFrom(network, port);
    opened(second);
    const secondSeen = opened(await accepted(1));
    second.write(Buffer.from('b'));
    first.write(Buffer.from('c'));
    await until(() => secondSeen.text === 'b' && seen.text === 'ac');
    const third = opened(await dial(CERTIFIED, port));
    opened(await accepted(2));
    await until(() => third.closed.length === 1);
    expect(third.closed).toMatchObject([{ fault: 'certificate' }]);
  });

  it('survives callers that are gone before anybody looks at them', async () => {
    const { links, port } = await listening(CERTIFIED);
    for (let i = 0; i < 20; i += 1) {
      const socket = connect({ host: '127.0.0.1', port });
      socket.on('error', () => {});
      socket.once('connect', () => socket.resetAndDestroy());
      await once(socket, 'close');
    }
    const seen = links.map((link, index) => {
      if (index % 2 === 0) link.write(new Uint8Array(10));
      if (index % 3 === 0) link.end();
      return opened(link);
    });
    await until(() => seen.every(({ closed }) => closed.length === 1));
  });

  it('is dropped at once before TLS has begun', async () => {
    const { port, accepted } = await listening(CERTIFIED);
    const socket = connect({ host: '127.0.0.1', port });
    const errors: unknown[] = [];
    socket.on('error', (error) => errors.push(error));
    const far = await accepted();
    far.destroy();
    await until(() => socket.closed);
    expect(errors).toMatchObject([{ code: 'ECONNRESET' }]);
    const seen = opened(far);
    await until(() => seen.closed.length === 1);
    expect(seen.closed).toEqual([null]);
  });

  it('frees the socket when destroyed after the end was sent', async () => {
    const server = createServer({ allowHalfOpen: true }).listen(0, '127.0.0.1');
    closers.push(() => server.close());
    server.on('connection', (raw: Socket) => {
      raw.on('error', () => {});
      const stream = new TLSSocket(raw, {
        isServer: true,
        requestCert: true,
        secureContext: secureContext(CERTIFIED),
      });
      stream.on('error', () => {});
      closers.push(() => raw.destroy());
    });
    await once(server, 'listening');
    const address = server.address();
    const near = await dial(CERTIFIED, typeof address === 'object' && address ? address.port : 0);
    const seen = opened(near);
    near.write(Buffer.from('x'));
    await until(() => near.flushedBytes === 1);
    near.end();
    for (let turn = 0; turn < 50; turn += 1) await setImmediate();
    expect(seen.closed).toEqual([]);
    near.destroy();
    await until(() => seen.closed.length === 1);
    expect(seen.closed).toEqual([null]);
  });
});

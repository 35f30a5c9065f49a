import { describe, expect, it } from 'vitest';
import { type AdvertiseInput, advertisedHost, type Interface } from '../../src/system/advertise.ts';
import { systemSources } from '../../src/system/sources.ts';

const NAMES: Record<string, string[]> = {
  'here.local': ['127.0.0.1', '::1'],
  'seed.local': ['2001:db8::5', '10.0.0.5'],
};

const INTERFACES: Interface[] = [
  { name: 'lo', address: '127.0.0.1', family: 'IPv4', internal: true },
  { name: 'docker0', address: '172.17.0.1', family: 'IPv4', internal: false },
  { name: 'eth0', address: '2001:db8::1', family: 'IPv6', internal: false },
  { name: 'eth0', address: '192.168.1.7', family: 'IPv4', internal: false },
];

/** The answer on a machine with these routes, and what the kernel was asked. */
function advertised(
  input: Partial<AdvertiseInput>,
  routes: Record<string, string> = {},
  interfaces = INTERFACES,
) {
  const asked: string[] = [];
  const answers: string[] = [];
  advertisedHost(
    { bindHost: '0.0.0.0', advertiseHost: undefined, seeds: [], ...input },
    {
      resolver: {
        resolve: (host, done) => {
          const addresses = NAMES[host] ?? (/^[\d.]+$/.test(host) ? [host] : undefined);
          done(addresses ? { ok: true, addresses } : { ok: false, error: new Error('unknown') });
          return () => {};
        },
      },
      routeSource: (to, done) => {
        asked.push(to);
        done(routes[to] ?? null);
      },
      interfaces: () => interfaces,
    },
    (host) => answers.push(host),
  );
  expect(answers.length).toBe(1);
  return { host: answers[0], asked };
}

const seeds = (...hosts: string[]) => hosts.map((host) => ({ host, port: 4369 }));

describe('the advertised host', () => {
  it('is what the configuration says, without asking anybody', () => {
    expect(advertised({ advertiseHost: 'me.example' })).toEqual({ host: 'me.example', asked: [] });
    expect(advertised({ bindHost: '10.1.1.1' })).toEqual({ host: '10.1.1.1', asked: [] });
    expect(advertised({ bindHost: 'localhost' }).host).toBe('localhost');
  });

  it('is the source address towards the first seed that is not loopback', () => {
    const routes = { '10.0.0.5': '10.0.0.2', '192.0.2.1': '192.168.1.7' };
    const { host, asked } = advertised(
      { seeds: seeds('localhost', '127.0.0.2', 'here.local', 'unknown', 'seed.local') },
      routes,
    );
    expect({ host, asked }).toEqual({ host: '10.0.0.2', asked: ['10.0.0.5'] });
  });

  it('prefers nothing over IPv6 when bound to all of IPv6', () => {
    const routes = { '2001:db8::5': '2001:db8::2', '10.0.0.5': '10.0.0.2' };
    const input = { bindHost: '::', seeds: seeds('seed.local') };
    expect(advertised(input, routes).host).toBe('2001:db8::2');
  });

  it('is the source address towards the default route without a usable seed', () => {
    const routes = { '192.0.2.1': '192.168.1.7', '2001:db8::1': '2001:db8::2' };
    expect(advertised({ seeds: seeds('127.0.0.1') }, routes).host).toBe('192.168.1.7');
    expect(advertised({ bindHost: '::' }, routes).host).toBe('192.168.1.7');
    const onlyIpv6 = { '2001:db8::1': '2001:db8::2' };
    expect(advertised({ bindHost: '::' }, onlyIpv6).host).toBe('2001:db8::2');
    expect(advertised({ bindHost: '0.0.0.0' }, onlyIpv6).asked).toEqual(['192.0.2.1']);
  });

  it.each(['0.0.0.0', '127.0.0.1', '169.254.3.4', '::', 'fe80::1'])('is never %s', (source) => {
    expect(advertised({ bindHost: '::' }, { '192.0.2.1': source }).host).toBe('192.168.1.7');
  });

  it('is an address of a real interface without any route, else loopback', () => {
    expect(advertised({}).host).toBe('192.168.1.7');
    expect(advertised({ advertiseHost: '0.0.0.0' }).host).toBe('192.168.1.7');
    expect(advertised({}, {}, INTERFACES.slice(0, 3)).host).toBe('127.0.0.1');
  });

  it('is found on this machine', async () => {
    const host = await new Promise<string>((resolve) => {
      advertisedHost(
        { bindHost: '0.0.0.0', advertiseHost: undefined, seeds: seeds('127.0.0.1') },
        systemSources,
        resolve,
      );
    });
    expect(host).toMatch(/^\d+\.\d+\.\d+\.\d+$/);
    expect(host).not.toBe('0.0.0.0');
  });

  it('asks the kernel which address it would use', async () => {
    const source = (to: string) =>
      new Promise((resolve) => {
        systemSources.routeSource(to, resolve);
      });
    expect(await source('127.0.0.1')).toBe('127.0.0.1');
    expect(await source('not an address')).toBeNull();
  });
});

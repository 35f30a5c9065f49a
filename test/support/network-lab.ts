/**
 * Machines with one address each in a network of their own, whose packets can be dropped, refused
 * and redirected: `const [a, b] = (await Lab.open(2)).hosts`.
 */
import { onTestFinished } from 'vitest';
import type { ClusterConfig } from '../../src/index.ts';
import { ChildNode, type Started, type WhenOver } from './child-node.ts';
import { HostsFile } from './hosts-file.ts';
import { addNamespaces, deleteNamespace, ip, run, sweepNamespaces } from './network-namespace.ts';
import { addNetem, hasNetem, Relay, type Weather } from './relay.ts';

/** Reserved for examples: a packet that escaped would go nowhere. */
const NETWORK = '192.0.2';
const DEVICE = 'eth0';
export const PORT = 4369;

export interface Host {
  readonly namespace: string;
  readonly address: string;
  /** What names lead where, for the programs on this host. */
  readonly names: HostsFile;
}

export interface LabOptions {
  /** Packets take their time, and some get lost; without it all arrive at once. */
  readonly weather?: Weather;
  readonly whenOver?: WhenOver;
}

export class Lab {
  readonly hosts: readonly Host[];
  readonly #hub: string;
  readonly #whenOver: WhenOver;
  #relay: Relay | null = null;
  /** What makes the weather, for people who read the output. */
  means = 'nothing: all packets arrive at once';

  private constructor(size: number, whenOver: WhenOver) {
    const labels = Array.from({ length: size }, (_, index) => `n${index + 1}`);
    const [hub = '', ...names] = addNamespaces(['hub', ...labels]);
    this.#hub = hub;
    this.#whenOver = whenOver;
    this.hosts = names.map((namespace, index) => ({
      namespace,
      address: `${NETWORK}.${index + 1}`,
      names: new HostsFile(namespace),
    }));
  }

  static async open(size: number, options: LabOptions = {}): Promise<Lab> {
    const { weather, whenOver = onTestFinished } = options;
    sweepNamespaces();
    const lab = new Lab(size, whenOver);
    whenOver(() => lab.#close());
    if (weather && !hasNetem(lab.#hub)) {
      lab.means = 'a relay of packets between TUN devices';
      lab.#relay = await Relay.start(lab.#hub, lab.hosts, DEVICE, weather);
    } else {
      lab.#plugIn();
    }
    for (const { namespace, address } of lab.hosts) {
      const lines = ['link set lo up', `addr add ${address}/24 dev ${DEVICE}`];
      ip([...lines, `link set ${DEVICE} up`], namespace);
    }
    if (weather && !lab.#relay) {
      lab.means = 'netem';
      for (const { namespace } of lab.hosts) addNetem(namespace, DEVICE, weather);
    }
    return lab;
  }

  /** A node that listens on this host and is known by its address. */
  start(host: Host, config: ClusterConfig): Promise<ChildNode & { readonly started: Started }> {
    const here = { host: host.address, port: PORT, ...config };
    return ChildNode.start(here, this.#whenOver, host.namespace);
  }

  /** One node on each of the first hosts, named n1, n2 ..., which all know the first. */
  async startAll(
    config: Partial<ClusterConfig>,
    count = this.hosts.length,
  ): Promise<readonly ChildNode[]> {
    const [first, ...others] = await Promise.all(
      this.hosts.slice(0, count).map(async (host, index) => {
        const nodeName = `n${index + 1}`;
        const node = await ChildNode.boot(nodeName, this.#whenOver, host.namespace);
        const seeds = [`${this.hosts[0]?.address}:${PORT}`];
        const start = () =>
          node.start({ host: host.address, port: PORT, nodeName, seeds, ...config });
        return { node, start };
      }),
    );
    // The seed first: to wait for the backoff of those who came too early would only take time.
    await first?.start();
    await Promise.all(others.map(({ start }) => start()));
    return [first, ...others].flatMap((each) => each?.node ?? []);
  }

  /** No packet passes between the two. */
  cut(a: Host, b: Host): void {
    this.part([a], [b]);
  }

  /** No packet passes between the two groups. */
  part(some: readonly Host[], others: readonly Host[]): void {
    this.#drop(some, others);
    this.#drop(others, some);
  }

  /** No packet of `from` reaches `to`. */
  cutOneWay(from: Host, to: Host): void {
    this.#drop([from], [to]);
  }

  /** Nothing of this host reaches anybody, and nothing reaches it. */
  dropAll(host: Host): void {
    this.part([host], this.#allBut(host));
  }

  /** What `from` sends to `to` is answered with a reset. */
  rejectWithReset(from: Host, to: Host): void {
    filter(to, [`-A INPUT -s ${from.address} -p tcp -j REJECT --reject-with tcp-reset`]);
  }

  /** Connections that `from` makes to `to` lead to `actual`. */
  redirect(from: Host, to: Host, actual: Host): void {
    filter(from, [`-A OUTPUT -d ${to.address} -p tcp -j DNAT --to ${actual.address}`], 'nat');
  }

  /** Every packet passes again, where it was sent. */
  heal(): void {
    for (const host of this.hosts) {
      filter(host, ['-F INPUT']);
      filter(host, ['-F OUTPUT'], 'nat');
    }
  }

  /** From now on counts what each host dials. */
  countDials(): void {
    for (const host of this.hosts) {
      const to = this.#allBut(host).map(({ address }) => address);
      filter(host, ['-F OUTPUT', ...to.map((address) => `-A OUTPUT -d ${address} -p tcp --syn`)]);
    }
  }

  /** First packets of connections from one host to another since `countDials`. */
  dials(from: Host, to: Host): number {
    const table = inside(from, 'iptables', ['-L', 'OUTPUT', '-v', '-x', '-n']);
    const row = table.split('\n').find((line) => line.includes(` ${to.address} `));
    return Number(row?.trim().split(/\s+/)[0] ?? Number.NaN);
  }

  /** Connections between a host and an address that its kernel still keeps, in any state. */
  sockets(host: Host, address: string): readonly string[] {
    const lines = inside(host, 'ss', ['-tanH', 'dst', address]).split('\n');
    return lines.filter((line) => line !== '');
  }

  /** Everything that this host sends goes through a narrow place. */
  narrow(host: Host, bitsPerSecond: number): void {
    const shape = `tbf rate ${bitsPerSecond}bit burst 4kb latency 200ms`;
    inside(host, 'tc', ['qdisc', 'add', 'dev', DEVICE, 'root', ...shape.split(' ')]);
  }

  #allBut(host: Host): readonly Host[] {
    return this.hosts.filter((other) => other !== host);
  }

  #drop(from: readonly Host[], to: readonly Host[]): void {
    const rules = from.map(({ address }) => `-A INPUT -s ${address} -j DROP`);
    for (const host of to) filter(host, rules);
  }

  /** One cable from each host to a switch. */
  #plugIn(): void {
    const cables = this.hosts.flatMap(({ namespace }, index) => [
      `link add p${index} type veth peer name ${DEVICE} netns ${namespace}`,
      `link set p${index} master br0 up`,
    ]);
    ip(['link add br0 type bridge', 'link set br0 up', ...cables], this.#hub);
  }

  async #close(): Promise<void> {
    await this.#relay?.stop();
    for (const { namespace, names } of this.hosts) {
      names.remove();
      deleteNamespace(namespace);
    }
    deleteNamespace(this.#hub);
  }
}

/** Changes the packet filter of one host in one step. */
function filter(host: Host, rules: readonly string[], table = 'filter'): void {
  const input = [`*${table}`, ...rules, 'COMMIT', ''].join('\n');
  inside(host, 'iptables-restore', ['--noflush'], input);
}

function inside(host: Host, program: string, args: readonly string[], input?: string): string {
  return run('ip', ['netns', 'exec', host.namespace, program, ...args], input);
}

/** Five nodes and a network in bad weather, by the best means that this machine has. */
import { onTestFinished } from 'vitest';
import type { ClusterConfig } from '../../src/index.ts';
import { ChildNode } from '../support/child-node.ts';
import { freePort } from '../support/free-port.ts';
import { Lab } from '../support/network-lab.ts';
import { namespaceProblem } from '../support/network-namespace.ts';
import { relayProblem, type Weather } from '../support/relay.ts';
import { WeatherProxy } from '../support/weather-proxy.ts';

const SIZE = 5;

export interface Stormy {
  readonly means: string;
  readonly nodes: readonly ChildNode[];
}

export async function startInBadWeather(
  weather: Weather,
  config: Partial<ClusterConfig>,
): Promise<Stormy> {
  const problem =
    process.env.CHARTMESH_WEATHER === 'proxy'
      ? 'as asked for'
      : (namespaceProblem() ?? relayProblem());
  if (problem !== null) {
    return { means: `TCP proxies (${problem})`, nodes: await startBehindProxies(weather, config) };
  }
  const lab = await Lab.open(SIZE, { weather });
  return { means: lab.means, nodes: await lab.startAll(config) };
}

/** Each node is known by the address of the proxy in front of it. */
async function startBehindProxies(
  weather: Weather,
  config: Partial<ClusterConfig>,
): Promise<readonly ChildNode[]> {
  const nodes: ChildNode[] = [];
  const seeds: string[] = [];
  for (let index = 1; index <= SIZE; index += 1) {
    const port = await freePort();
    const proxy = await WeatherProxy.open(port, weather);
    onTestFinished(() => proxy.close());
    const advertised = { advertiseHost: '127.0.0.1', advertisePort: proxy.port };
    nodes.push(
      await ChildNode.start({ nodeName: `n${index}`, port, seeds, ...advertised, ...config }),
    );
    if (index === 1) seeds.push(`127.0.0.1:${proxy.port}`);
  }
  return nodes;
}

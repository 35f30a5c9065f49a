import { createRetryPolicy } from '../membership/retry-policy.ts';
import { systemRandom } from '../system/random.ts';
import { BehaviorRegistry } from './behavior-registry.ts';
import { LocalCluster } from './cluster.ts';
import { warnOfSecondCopy } from './copies.ts';
import { systemPorts } from './default-ports.ts';

/** A further node in this process, with the same interface as `Cluster`. */
export function createCluster(): LocalCluster {
  return new LocalCluster(systemPorts());
}

class DefaultCluster extends LocalCluster {
  override start(...args: Parameters<LocalCluster['start']>): Promise<void> {
    warnOfSecondCopy();
    return super.start(...args);
  }
}

/** The process's default node. */
export const Cluster: LocalCluster = new DefaultCluster(systemPorts(BehaviorRegistry));

/** Delays for retrying a call; immutable values with builders. */
export const retryPolicy = createRetryPolicy(() => systemRandom.float());

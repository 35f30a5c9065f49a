import type { ClusterStatus } from '../membership/node-info.ts';

/** The public status in a state of the lifecycle chart; what is not started counts as stopped. */
export function topState(value: string | object): ClusterStatus {
  const name = typeof value === 'string' ? value : Object.keys(value)[0];
  switch (name) {
    case 'starting':
    case 'running':
    case 'stopping':
      return name;
    default:
      return 'stopped';
  }
}

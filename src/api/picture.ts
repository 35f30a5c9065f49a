/** What the queries answer, read from the running node. */
import type { NodeInfo } from '../membership/node-info.ts';
import type { Core } from '../node/core.ts';

export function localInfo(core: Core): NodeInfo {
  return {
    ...core.infoOf(core.self.id),
    status: 'connected',
    processCount: core.ports.counters.get('processes'),
    lastHeartbeatAt: core.ports.clock.wallNow(),
    uptimeMs: core.uptimeMs,
  };
}

export function otherNodes(core: Core): readonly NodeInfo[] {
  return core.members.others().map(({ id }) => core.infoOf(id));
}

/** From the sessions, which are few where many nodes are merely known. */
export function connectedNodes(core: Core): readonly NodeInfo[] {
  const ids = [...core.sessions].map(({ peerId }) => peerId).sort();
  return ids.filter((id) => core.isConnected(id)).map((id) => core.infoOf(id));
}

export function otherNode(core: Core, nodeId: string): NodeInfo | undefined {
  const id = core.find(nodeId);
  return id === undefined || id === core.self.id ? undefined : core.infoOf(id);
}

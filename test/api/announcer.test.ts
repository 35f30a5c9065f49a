import { describe, expect, it } from 'vitest';
import { Announcer } from '../../src/api/announcer.ts';
import { NodeId } from '../../src/membership/node-id.ts';
import type { NodeInfo } from '../../src/membership/node-info.ts';

function info(name: string): NodeInfo {
  return {
    id: NodeId.parse(`${name}@10.0.0.1:4369`),
    host: '10.0.0.1',
    port: 4369,
    status: 'connected',
    processCount: 0,
    lastHeartbeatAt: 0,
    uptimeMs: 0,
  };
}

const [B, C] = [info('b'), info('c')];

/** What each observer saw, in order. */
function announcer() {
  const seen: string[] = [];
  let nodes: readonly NodeInfo[] = [];
  const all = new Announcer({ nodes: () => nodes, connected: () => nodes }, () => {});
  all.hold();
  all.nodes.values$.subscribe((list) => seen.push(`nodes ${list.length}`));
  all.connectedNodes.values$.subscribe((list) => seen.push(`connected ${list.length}`));
  all.nodeUp$.subscribe(({ id }) => seen.push(`up$ ${NodeId.getName(id)}`));
  all.nodeDown$.subscribe(({ nodeId }) => seen.push(`down$ ${NodeId.getName(nodeId)}`));
  all.onUp.add(({ id }) => seen.push(`onUp ${NodeId.getName(id)}`));
  all.onDown.add((id, reason) => seen.push(`onDown ${NodeId.getName(id)} ${reason}`));
  seen.length = 0;
  const up = (node: NodeInfo) => {
    nodes = [...nodes, node];
    all.up(node);
  };
  const down = (node: NodeInfo) => {
    nodes = nodes.filter(({ id }) => id !== node.id);
    all.down(node.id, 'connection_closed');
  };
  return { all, seen, up, down };
}

describe('announcer', () => {
  it('brings lists up to date at once and holds the rest until released', () => {
    const { all, seen, up, down } = announcer();
    up(B);
    up(C);
    down(B);
    expect(seen).toEqual([
      'nodes 1',
      'connected 1',
      'nodes 2',
      'connected 2',
      'nodes 1',
      'connected 1',
    ]);
    seen.length = 0;
    all.release();
    expect(seen).toEqual([
      'up$ b',
      'onUp b',
      'up$ c',
      'onUp c',
      'down$ b',
      'onDown b connection_closed',
    ]);
  });

  it('tells lists, then the observable, then callbacks', () => {
    const { all, seen, up, down } = announcer();
    all.release();
    up(B);
    down(B);
    expect(seen).toEqual([
      'nodes 1',
      'connected 1',
      'up$ b',
      'onUp b',
      'nodes 0',
      'connected 0',
      'down$ b',
      'onDown b connection_closed',
    ]);
  });

  it('ends one announcement before the next, which a callback may cause', () => {
    const { all, seen, up, down } = announcer();
    all.release();
    const late: string[] = [];
    const remove = all.onUp.add(() => {
      remove();
      down(B);
      up(C);
    });
    all.onUp.add(({ id }) => late.push(`up ${NodeId.getName(id)}`));
    all.onDown.add((id) => late.push(`down ${NodeId.getName(id)}`));
    up(B);
    expect(late).toEqual(['up b', 'down b', 'up c']);
    expect(seen.filter((line) => line.startsWith('on'))).toEqual([
      'onUp b',
      'onDown b connection_closed',
      'onUp c',
    ]);
  });

  it('keeps what happens during the release behind what was held', () => {
    const { all, seen, up, down } = announcer();
    up(B);
    up(C);
    const remove = all.onUp.add(() => {
      remove();
      down(B);
    });
    all.release();
    expect(seen.filter((line) => line.startsWith('on'))).toEqual([
      'onUp b',
      'onUp c',
      'onDown b connection_closed',
    ]);
  });

  it('says nothing more once muted, not even what a release had begun with', () => {
    const { all, seen, up } = announcer();
    up(B);
    up(C);
    seen.length = 0;
    all.onUp.add(() => all.mute());
    all.release();
    up(B);
    expect(seen).toEqual(['up$ b', 'onUp b', 'connected 0', 'nodes 0']);
  });

  it('runs what waits for the release after everything held, else at once', () => {
    const { all, seen, up } = announcer();
    up(B);
    all.whenReleased(() => seen.push('released'));
    seen.length = 0;
    all.release();
    all.whenReleased(() => seen.push('at once'));
    expect(seen).toEqual(['up$ b', 'onUp b', 'released', 'at once']);
  });

  it('drops what a failed start has held', () => {
    const { all, seen, up } = announcer();
    up(B);
    all.mute();
    seen.length = 0;
    all.hold();
    all.release();
    expect(seen).toEqual([]);
  });

  it('repeats an empty list to nobody', () => {
    const { all, seen } = announcer();
    all.mute();
    all.mute();
    expect(seen).toEqual([]);
  });
});

// What moves: the lifecycle chart of a node and its chart of each peer, seen through `inspect`.

/** An inspector that calls `moved({ chart, from, to })` at every change of state. */
export function watchCharts(moved) {
  const states = new Map([['cluster', 'stopped']]);
  return (event) => {
    if (event.type !== '@xstate.snapshot') return;
    const chart = chartName(event);
    const to = stateName(event.snapshot.value);
    if (chart === null || to === null || states.get(chart) === to) return;
    const from = states.get(chart);
    states.set(chart, to);
    // The chart of a peer is born at rest; only what follows is a move.
    if (from !== undefined) moved({ chart, from, to });
  };
}

/** `cluster`, `peer b`, or null for the charts of seeds and for effects. */
function chartName({ actorRef, rootId }) {
  if (actorRef.sessionId === rootId) return 'cluster';
  if (!actorRef.id.startsWith('peer:')) return null;
  return `peer ${actorRef.id.slice('peer:'.length).split('@')[0]}`;
}

/** `{ connected: 'alive' }` as `connected.alive`; null for actors without states. */
function stateName(value) {
  if (typeof value === 'string') return value;
  if (typeof value !== 'object' || value === null) return null;
  const [[name, child]] = Object.entries(value);
  return `${name}.${stateName(child)}`;
}

// What moves: the lifecycle chart of a node and its chart of each peer, seen through `inspect`.

/** An inspector that calls `moved({ chart, from, to })` at every change of state. */
export function watchCharts(moved) {
  const states = new Map([['cluster', 'stopped']]);
  return (event) => {
    if (event.type !== '@xstate.snapshot') return;
    const key = chartKey(event);
    const to = stateName(event.snapshot.value);
    if (key === null || to === null || states.get(key) === to) return;
    const from = states.get(key);
    states.set(key, to);
    // The chart of a peer is born at rest; only what follows is a move.
    if (from !== undefined) moved({ chart: labelOf(key, [...states.keys()]), from, to });
  };
}

/** `cluster`, the full id of a peer, or null for the charts of seeds and for effects. */
function chartKey({ actorRef, rootId }) {
  if (actorRef.sessionId === rootId) return 'cluster';
  return actorRef.id.startsWith('peer:') ? actorRef.id.slice('peer:'.length) : null;
}

/** `peer b`, or `peer b:4371` once another node has had that name: each has a line of its own. */
function labelOf(key, keys) {
  if (key === 'cluster') return key;
  const name = nameOf(key);
  const isShared = keys.some((other) => other !== key && nameOf(other) === name);
  return `peer ${name}${isShared ? key.slice(key.lastIndexOf(':')) : ''}`;
}

function nameOf(id) {
  return id.split('@')[0];
}

/** `{ connected: 'alive' }` as `connected.alive`; null for actors without states. */
function stateName(value) {
  if (typeof value === 'string') return value;
  if (typeof value !== 'object' || value === null) return null;
  const [[name, child]] = Object.entries(value);
  return `${name}.${stateName(child)}`;
}

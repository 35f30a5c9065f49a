import type { Core } from './core.ts';
import type { Session } from './session.ts';

/** Tells every peer that this node is leaving; done when all have heard it or are gone. */
export function sayGoodbye(core: Core, done: () => void): () => void {
  const waiting = new Set<Session>();
  let isOver = false;

  function heardBy(session: Session): void {
    waiting.delete(session);
    if (waiting.size > 0 || isOver) return;
    isOver = true;
    done();
  }

  const stopListening = core.holding.leave(heardBy);
  for (const session of core.sessions) {
    waiting.add(session);
    // Whoever hears that this node leaves reads nothing more: what was sent before goes first.
    session.flush();
    session.send({ type: 'leave', incarnation: core.self.incarnation });
    session.flush();
  }
  if (waiting.size === 0) {
    isOver = true;
    done();
  }
  return stopListening;
}

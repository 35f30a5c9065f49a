/** The only place where charts become RxJS; it holds no state that a chart does not. */
import { distinctUntilChanged, Observable } from 'rxjs';
import type { Observer, Snapshot, Subscription } from 'xstate';

/** As much of an actor as watching takes; every xstate actor has it. */
interface Watchable<S> {
  getSnapshot(): S;
  subscribe(observer: Observer<S>): Subscription;
}

/** The present snapshot at once, then every change of it; ends with the actor. */
export function snapshots<S extends Snapshot<unknown>>(actor: Watchable<S>): Observable<S> {
  const all = new Observable<S>((subscriber) => {
    const present = actor.getSnapshot();
    if (present.status === 'active') {
      // Subscribed before the present is delivered, so that a subscriber may react to it by
      // sending an event and still see what follows.
      const changes = actor.subscribe(subscriber);
      subscriber.next(present);
      return changes;
    }
    // XState never completes those who subscribe after `stop()`.
    subscriber.next(present);
    if (present.status === 'error') subscriber.error(present.error);
    return subscriber.complete();
  });
  // An actor also notifies for events it ignores, with the snapshot it had.
  return all.pipe(distinctUntilChanged());
}

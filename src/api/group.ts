// Its parts one by one: all of rxjs would be half of what this package costs to load.
import { Observable } from 'rxjs/internal/Observable';
import { ActorGroup } from '../actors/actor-group.ts';
import type { Actors } from '../actors/actors.ts';
import type { Ref } from '../actors/ref.ts';

/** A group by its name. It is a view: it needs no closing, and holds through `stop` and `start`. */
export class Group<TMessage = unknown> extends ActorGroup<TMessage> {
  /** The present members, then the list again whenever some come or go. */
  readonly members$: Observable<readonly Ref<TMessage>[]>;

  constructor(name: string, actors: Actors) {
    super(name, actors.naming, actors.pendingInGroups);
    this.members$ = new Observable((subscriber) => {
      // Before the present is delivered, so that a watcher may act on it and see what follows.
      const end = actors.directoryWatch.onGroup(name, () => subscriber.next(this.members));
      subscriber.next(this.members);
      return end;
    });
  }
}

// Its parts one by one: all of rxjs would be half of what this package costs to load.
import { Observable } from 'rxjs/internal/Observable';
import { Subject } from 'rxjs/internal/Subject';

/**
 * A value as an observable: the present at once, then every change. It is computed only while
 * somebody watches, and each watcher is spared what it has seen already.
 */
export class Present<T> {
  readonly values$: Observable<T>;
  readonly #compute: () => T;
  readonly #refreshed = new Subject<T>();

  constructor(compute: () => T, isSame: (a: T, b: T) => boolean) {
    this.#compute = compute;
    this.values$ = new Observable((subscriber) => {
      let last = compute();
      // Before the present is delivered, so that a watcher may act on it and see what follows.
      const changes = this.#refreshed.subscribe((value) => {
        if (isSame(last, value)) return;
        last = value;
        subscriber.next(value);
      });
      subscriber.next(last);
      return changes;
    });
  }

  refresh(): void {
    if (this.#refreshed.observed) this.#refreshed.next(this.#compute());
  }
}

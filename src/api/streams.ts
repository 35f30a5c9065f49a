// Not from 'rxjs' itself: all of it would be half of what this package costs to load.
import { Observable } from 'rxjs/internal/Observable';
import type { Sink } from '../actors/observations.ts';

/** What can be opened and closed, as an observable; opened anew for each subscriber. */
export function stream<T>(open: (sink: Sink<T>) => () => void): Observable<T> {
  return new Observable((subscriber) => open(subscriber));
}

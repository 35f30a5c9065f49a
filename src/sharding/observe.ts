// Not from 'rxjs' itself: all of it would be half of what this package costs to load.
import { Observable } from 'rxjs/internal/Observable';

/** What is told from now on, as an observable. */
export function told<T>(listen: (told: (value: T) => void) => () => void): Observable<T> {
  return new Observable((subscriber) => listen((value) => subscriber.next(value)));
}

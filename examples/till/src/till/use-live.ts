import { useEffect, useState } from 'preact/hooks';
import type { Observable } from 'rxjs';

/** The newest value of an observable that is made anew whenever `inputs` change; `initial` until there is one. */
export function useLive<T>(make: () => Observable<T>, initial: T, inputs: readonly unknown[]): T {
  const [value, setValue] = useState<T>(initial);
  // The observable is made from the inputs alone.
  useEffect(() => {
    const subscription = make().subscribe((next) => setValue(() => next));
    return () => subscription.unsubscribe();
  }, inputs);
  return value;
}

import type { ConnectorSubject } from './place.ts';

/** Why checks of changes say nothing about a stream; null: they do. */
export function unlessChanges({ traits }: ConnectorSubject): string | null {
  return traits.order === 'none' ? 'order is none: the stream has no changes' : null;
}

/** Why checks of a method say nothing about a stream; null: they do. */
export function unlessHas(subject: ConnectorSubject, ...methods: readonly ('push' | 'find' | 'scan')[]): string | null {
  const lacking = methods.find((method) => subject.lacks?.includes(method));
  return lacking === undefined ? null : `the stream has no ${lacking}`;
}

/** Why checks that need an ability of the place cannot be made; null: they can. */
export function unlessAble(able: boolean | undefined, what: string): string | null {
  return able === true ? null : `the place cannot ${what}`;
}

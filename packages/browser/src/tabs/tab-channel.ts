import type { SharedLine, SharedMessage } from '@datastores/core';
import { filter, type Observable, Subject } from 'rxjs';

/** What tabs of one database say to each other. */
export type TabMessage =
  | SharedMessage
  /** Of a waiting tab: is the leading one there? */
  | { readonly kind: 'call' }
  /** Of the leading tab: yes, it is. */
  | { readonly kind: 'here' }
  /** Of a tab that is to migrate the database: who declares less than this has to let go of it. */
  | { readonly kind: 'outdated'; readonly versions: Readonly<Record<string, number>> }
  /** Of a tab that signs out: the database is about to be removed. */
  | { readonly kind: 'removing' };

/** Carries messages to the other tabs of an origin that have the same database open. */
export interface TabChannel {
  readonly heard$: Observable<TabMessage>;
  tell(message: TabMessage): void;
  close(): void;
}

/** Opens the channel of a database. */
export function openTabChannel(name: string): TabChannel {
  const channel = new BroadcastChannel(`datastores/${name}`);
  const heard$ = new Subject<TabMessage>();
  let closed = false;
  channel.addEventListener('message', ({ data }) => heard$.next(data as TabMessage));
  return {
    heard$,
    tell(message) {
      if (!closed) channel.postMessage(message);
    },
    close() {
      closed = true;
      channel.close();
      heard$.complete();
    },
  };
}

/** The part of a channel over which tabs talk about their replication. */
export function lineOf({ heard$, tell }: TabChannel): SharedLine {
  return { heard$: heard$.pipe(filter(isShared)), tell };
}

function isShared(message: TabMessage): message is SharedMessage {
  return !['call', 'here', 'outdated', 'removing'].includes(message.kind);
}

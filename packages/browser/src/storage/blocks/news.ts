/** Tells other pages that something was committed, and hears of it. */
export interface News {
  tell(): void;
  close(): void;
}

/**
 * Carries news between the pages of one database. It says nothing but that there is something in the log: news that is lost
 * or late costs time and nothing else. A page that was frozen or kept for going back looks by itself when it is back.
 */
export function createNews(databaseId: string, heard: () => void): News {
  const channel =
    typeof BroadcastChannel === 'undefined' ? null : new BroadcastChannel(`datastores-blocks ${databaseId}`);
  if (channel !== null) channel.onmessage = heard;
  // Node would not end as long as somebody listens.
  (channel as { unref?: () => void } | null)?.unref?.();
  const target = typeof window === 'undefined' ? null : window;
  const page = typeof document === 'undefined' ? null : document;
  target?.addEventListener('pageshow', heard);
  page?.addEventListener('visibilitychange', heard);
  page?.addEventListener('resume', heard);
  return {
    tell: () => channel?.postMessage(null),
    close() {
      channel?.close();
      target?.removeEventListener('pageshow', heard);
      page?.removeEventListener('visibilitychange', heard);
      page?.removeEventListener('resume', heard);
    },
  };
}

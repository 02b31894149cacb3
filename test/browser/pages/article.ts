import { openDatastores } from '@datastores/browser';
import { firstValueFrom } from 'rxjs';
import { filter } from 'rxjs/operators';
import { articles } from '../article.ts';
import { expose } from './expose.ts';

// As little as an application can be, so that what it loads is what the datastores are made of.
const query = new URLSearchParams(location.search);
const opening = openDatastores({
  name: 'article',
  datastores: [articles],
  url: query.get('url') ?? '',
  token: query.get('token') ?? '',
});

/** What the page offers to tests. */
export type ArticlePage = typeof page;

const page = expose({
  live: async () => {
    await firstValueFrom((await opening).status$.pipe(filter(({ state }) => state === 'live')));
  },
  find: async (text: string) =>
    (await (await opening).search('article', text).exec()).hits.map(({ document }) => document.id),
  add: async (id: string, name: string) => {
    const stores = await opening;
    await stores.article.insert({ id, name });
    return (await stores.confirm(id)).outcome;
  },
  addWrongTime: async () =>
    (await opening).article.insert({ id: 'w', name: 'w', updatedAt: '2026-02-29T00:00:00Z' }).then(
      () => null,
      ({ code }: { readonly code: string }) => code,
    ),
  check: async () => (await (await opening).check()).map(({ outcome }) => outcome),
});

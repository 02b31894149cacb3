import { lists, type Trap } from '../trap.ts';

/** The system has lost the sight of its records, e.g. because it was restored halfway: no list and no read shows any. */
export function massDisappearance(): Trap {
  return {
    request: (request) => {
      if (request.method !== 'GET') return undefined;
      if (!lists(request)) return { status: 404, headers: {}, body: { message: 'no such item' } };
      return { status: 200, headers: {}, body: { data: { items: [] }, next: null } };
    },
  };
}

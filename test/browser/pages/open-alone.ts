import { openDatastores } from '@datastores/browser';

// Nothing else, so that the size of the bundle is that of `openDatastores` with Dexie and transport.
Object.assign(globalThis, { openDatastores });

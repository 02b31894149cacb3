import { type PrecacheEntry, precacheAndRoute } from 'workbox-precaching';

declare const __PRECACHE__: PrecacheEntry[];

/** Two tills of one shop may run different builds for as long as they are open; the next load has the new one. */
self.addEventListener('install', () => void (self as unknown as { skipWaiting(): Promise<void> }).skipWaiting());

precacheAndRoute(__PRECACHE__, { ignoreURLParametersMatching: [/^till$/] });

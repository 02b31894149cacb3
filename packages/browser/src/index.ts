export { type OpenDatastoresOptions, openDatastores } from './open.ts';

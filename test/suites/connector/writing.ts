export { applied, create, push } from '../../../apps/sync-server/src/connectors/conformance/writes.ts';

export type { ConnectorPlace, ConnectorSubject, Sample } from '@datastores/sync-server/conformance';
export { createContext } from '@datastores/sync-server/conformance';
export {
  drain,
  getOne,
  namesOf,
  scanAll,
} from '../../../apps/sync-server/src/connectors/conformance/reads.ts';
export { samples } from '../../../apps/sync-server/src/connectors/conformance/writes.ts';

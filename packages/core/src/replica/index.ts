export { JOURNAL } from './journal.ts';
export type { EditEntry, PullState, RejectedChange } from './journal-entry.ts';
export { markCopied } from './mark-copied.ts';
export { type ReadEntries, readEntries } from './read-entries.ts';
export { type FoundDocument, type FoundParts, isLocalEdit, type LostEdit, salvageEdits } from './salvage.ts';
export { type SalvagedReplica, writeSalvaged } from './write-salvaged.ts';

import type { Migration } from '../migration.ts';

/** The step that brought receipts. */
export const RECEIPTS: Migration = {
  number: 6,
  name: 'receipts of writes for the replicas that made them',
  sql: `
    -- What of each document a replica has written that systems are told of.
    create table receipt (
      scope text not null,
      datastore text not null,
      id text not null,
      replica text not null,
      version text not null,
      seq integer not null,
      -- Since when nothing more is to come; null: not yet.
      settled_at integer,
      changed_at integer not null,
      primary key (scope, datastore, id, replica)
    ) strict, without rowid;
    create index receipt_age on receipt (changed_at);

    -- Number of the first state that a row tells of; those below were told by the rows before it.
    alter table outbox add column from_seq integer not null default 0;
    -- Why the system refused it, as JSON; null: it did not.
    alter table outbox add column refusal text;
  `,
};

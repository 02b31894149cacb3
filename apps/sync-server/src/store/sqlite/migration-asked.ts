import type { Migration } from '../migration.ts';

/** The step that brought questions to a person, and records as they were read. */
export const ASKED: Migration = {
  number: 8,
  name: 'questions about fields that both sides changed, and records as they were read',
  sql: `
    -- The fields that a person is asked about, as JSON. Null: none.
    alter table link add column asked text;
    create index link_asked on link (system, stream) where asked is not null;

    -- Records as the system gave them, so that another mapping can be applied without a call. Long ones are packed.
    create table kept_record (
      system text not null,
      stream text not null,
      key text not null,
      version text,
      digest text,
      read_at integer not null,
      packed integer not null,
      record blob not null,
      -- Of version, digest and record, so that one that says the same is not written again.
      hash blob not null,
      -- With a rowid: records are long, and a tree of keys that holds them would be moved about with every insert.
      primary key (system, stream, key)
    ) strict;
  `,
};

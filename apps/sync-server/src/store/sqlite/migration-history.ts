import type { Migration } from '../migration.ts';

/** The step that brought the history of each document. */
export const HISTORY: Migration = {
  number: 7,
  name: 'what happened to each document, and more about dead letters',
  sql: `
    -- In the order of the commits. A first state has no row: its document says all of it, and so does what replaces it.
    create table history (
      number integer primary key,
      scope text not null,
      datastore text not null,
      id text not null,
      kind text not null,
      at integer not null,
      author text not null,
      seq integer,
      decided integer not null,
      detail text not null
    ) strict;
    -- By id alone, which is nearly unique: each change of a document pays for the length of this index.
    create index history_document on history (id);
    create index history_decided on history (number) where decided = 1;

    insert into history (scope, datastore, id, kind, at, author, seq, decided, detail)
      select scope, datastore, id, 'merged', at, proposed_by, null, 1,
        json_object('decisions', json_array(json_patch(
          json_object('field', field, 'rule', rule),
          json_object('base', json(base), 'server', json(server), 'proposed', json(proposed), 'result', json(result)))))
      from decision order by number;
    drop table decision;

    -- The field that was complained of, since when a row is dead, and whether its last attempt may have been applied.
    alter table outbox add column field text;
    alter table outbox add column dead_at integer;
    alter table outbox add column uncertain integer not null default 0;
    update outbox set dead_at = created_at, uncertain = payload is not null where state = 'dead';
  `,
};

import type { Migration } from '../migration.ts';
import { ASKED } from './migration-asked.ts';
import { HISTORY } from './migration-history.ts';
import { RECEIPTS } from './migration-receipts.ts';

/** Written to the header of the file, so that it is told apart from the databases of other programs. */
export const APPLICATION_ID = 0x64_73_74_72;

/** All steps, in order. */
export const MIGRATIONS: readonly Migration[] = [
  {
    number: 1,
    name: 'documents, links, outbox and the state of the streams',
    sql: `
      create table meta (key text primary key, value text not null) strict, without rowid;

      -- One counter per scope, raised inside the write transaction: the order of its feed.
      create table scope_head (
        scope text primary key,
        seq integer not null,
        floor integer not null default 0
      ) strict, without rowid;

      create table scope_commit (
        scope text not null,
        last_seq integer not null,
        tag text not null,
        at integer not null,
        primary key (scope, last_seq)
      ) strict, without rowid;

      -- The newest state only, so the feed is as long as the datastore and not as its history.
      create table document (
        scope text not null,
        datastore text not null,
        id text not null,
        seq integer not null,
        version text not null,
        deleted integer not null,
        schema_version integer not null,
        author text not null,
        base text,
        at integer not null,
        body text not null,
        primary key (scope, datastore, id)
      ) strict;
      create unique index document_order on document (scope, seq);
      create unique index document_feed on document (scope, datastore, seq);
      create index document_tombstone on document (scope, seq) where deleted = 1;

      -- Numbers of documents and tombstones, kept up with each write: status must not read every document.
      create table tally (
        scope text not null,
        datastore text not null,
        documents integer not null,
        tombstones integer not null,
        primary key (scope, datastore)
      ) strict, without rowid;

      -- The newest row of each replica on each document, which is how a late copy of an older one is known.
      create table counted (
        scope text not null,
        datastore text not null,
        id text not null,
        replica text not null,
        base text,
        edit integer not null,
        refused integer not null,
        amounts text not null,
        primary key (scope, datastore, id, replica)
      ) strict, without rowid;

      create table replica (
        replica text primary key,
        subject text not null,
        claimed_at integer not null
      ) strict, without rowid;

      create table decision (
        number integer primary key,
        scope text not null,
        datastore text not null,
        id text not null,
        field text not null,
        rule text not null,
        proposed_by text not null,
        base text,
        server text,
        proposed text,
        result text,
        at integer not null
      ) strict;
      create index decision_at on decision (at);

      create table link (
        system text not null,
        stream text not null,
        scope text not null,
        datastore text not null,
        id text not null,
        key text,
        ref text not null,
        base text not null,
        record_version text,
        seen integer not null,
        gone integer,
        synced_at integer not null,
        primary key (system, stream, scope, datastore, id)
      ) strict;
      create unique index link_key on link (system, stream, key) where gone is null and key is not null;
      create index link_gone on link (system, stream, key) where gone is not null and key is not null;

      -- A number is never given twice, since rows are settled by it.
      create table outbox (
        seq integer primary key autoincrement,
        system text not null,
        stream text not null,
        scope text not null,
        datastore text not null,
        id text not null,
        state text not null check (state in ('ready', 'sent', 'unknown', 'dead')),
        write_id text not null,
        payload text,
        version text,
        attempts integer not null default 0,
        not_before integer not null default 0,
        error text,
        created_at integer not null
      ) strict;
      create index outbox_lane on outbox (scope, datastore, id, system, stream, seq);
      create index outbox_open on outbox (system, seq) where state in ('ready', 'unknown');
      create index outbox_held on outbox (state, seq) where state in ('sent', 'dead');

      create table cursor (
        system text not null,
        stream text not null,
        kind text not null,
        cursor text not null,
        primary key (system, stream, kind)
      ) strict, without rowid;

      create table recheck (
        number integer primary key,
        system text not null,
        stream text not null,
        key text not null,
        taken integer not null default 0,
        unique (system, stream, key)
      ) strict;

      create table quarantine (
        system text not null,
        stream text not null,
        key text not null,
        reason text not null,
        record text not null,
        at integer not null,
        primary key (system, stream, key)
      ) strict;

      create table system_state (
        system text primary key,
        state text not null,
        since integer not null,
        failures integer not null,
        retry_at integer not null,
        error text,
        last_success_at integer
      ) strict, without rowid;
    `,
  },
  {
    number: 2,
    name: 'the number of the row that made a state, kept with it',
    sql: `
      -- The row of its author that made the state, from which nothing was counted; such a row is not kept in "counted" as
      -- well. Null: there was none, or it is kept there.
      alter table document add column edit integer;

      -- Nothing is read by the number of a scope alone; each write paid for it.
      drop index document_order;
    `,
  },
  {
    number: 3,
    name: 'the ids of notices that were taken',
    sql: `
      create table notice (
        system text not null,
        stream text not null,
        id text not null,
        at integer not null,
        primary key (system, stream, id)
      ) strict, without rowid;
      create index notice_at on notice (at);
    `,
  },
  {
    number: 4,
    name: 'what replicas wrote that others have written over',
    sql: `
      -- States by this replica from this base, each as digests by field. Null: nobody has written over one.
      alter table counted add column overtaken text;
    `,
  },
  {
    number: 5,
    name: 'the digest of a record, with its link',
    sql: `
      -- As the system computed it when the record was last read, behind the mapping it was read with. Null: not known.
      alter table link add column digest text;
    `,
  },
  RECEIPTS,
  HISTORY,
  ASKED,
];

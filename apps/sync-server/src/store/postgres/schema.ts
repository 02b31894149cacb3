import type { Migration } from '../migration.ts';

/**
 * All steps, in order. Statements are planned once, maybe while a table is empty and every index looks as good as any other:
 * so for each way to look something up there is one index only that serves it. Names sort by code point whatever the collation of the database. Flags are numbers and JSON is
 * text: what is in it never matters to the database, and its own types for both cannot hold every text.
 */
export const MIGRATIONS: readonly Migration[] = [
  {
    number: 1,
    name: 'documents, links, outbox and the state of the streams',
    sql: `
      create table meta (key text collate "C" primary key, value text not null);

      -- One counter per scope, raised inside the write transaction: the order of its feed. Its row is the lock of the scope.
      create table scope_head (
        scope text collate "C" primary key,
        seq bigint not null default 0,
        floor bigint not null default 0,
        -- Tag of the newest commit.
        tag text not null default ''
      ) with (fillfactor = 50);

      create table scope_commit (
        scope text collate "C" not null,
        last_seq bigint not null,
        first_seq bigint not null,
        tag text not null,
        at bigint not null,
        datastores text[] not null,
        systems text[] not null,
        -- By which other servers find what was committed since they last looked: every transaction below the oldest that
        -- ran then had ended. It orders nothing.
        transaction xid8 not null default pg_current_xact_id(),
        primary key (scope, last_seq)
      );
      create index scope_commit_news on scope_commit (transaction);

      -- The newest state only, so the feed is as long as the datastore and not as its history.
      create table document (
        scope text collate "C" not null,
        datastore text collate "C" not null,
        id text collate "C" not null,
        seq bigint not null,
        version text not null,
        deleted smallint not null,
        schema_version integer not null,
        author text not null,
        base text,
        at bigint not null,
        body text not null,
        -- The row of its author that made the state, from which nothing was counted; such a row is not kept in "counted"
        -- as well. Null: there was none, or it is kept there.
        edit bigint,
        primary key (scope, datastore, id)
      );
      -- Joined, so that it cannot be mistaken for a way to look documents up by scope and datastore.
      create unique index document_feed on document ((scope || E'\\n' || datastore), seq);
      create index document_tombstone on document (scope, seq) where deleted = 1;

      -- Numbers of documents and tombstones, kept up with each write: status must not read every document.
      create table tally (
        scope text collate "C" not null,
        datastore text collate "C" not null,
        documents bigint not null,
        tombstones bigint not null,
        primary key (scope, datastore)
      ) with (fillfactor = 50);

      -- The newest row of each replica on each document, which is how a late copy of an older one is known.
      create table counted (
        scope text collate "C" not null,
        datastore text collate "C" not null,
        id text collate "C" not null,
        replica text collate "C" not null,
        base text,
        edit bigint not null,
        refused smallint not null,
        amounts text not null,
        -- States by this replica from this base, each as digests by field. Null: nobody has written over one.
        overtaken text,
        primary key (scope, datastore, id, replica)
      );

      create table replica (
        replica text collate "C" primary key,
        subject text not null,
        claimed_at bigint not null
      );

      create table link (
        system text collate "C" not null,
        stream text collate "C" not null,
        scope text collate "C" not null,
        datastore text collate "C" not null,
        id text collate "C" not null,
        key text collate "C",
        ref text not null,
        base text not null,
        record_version text,
        digest text,
        seen bigint not null,
        gone bigint,
        synced_at bigint not null,
        -- The fields that a person is asked about, as JSON, and how many they are. Null: none.
        asked text,
        questions integer not null default 0,
        primary key (id, datastore, scope, system, stream)
      );
      create unique index link_key on link (system, stream, key) where gone is null and key is not null;
      create index link_record on link (system, stream, key) where key is not null;
      create index link_asked on link (system, stream) where asked is not null;

      -- A number is never given twice, since rows are settled by it. Within a lane the lock of its scope orders them.
      create table outbox (
        seq bigint generated always as identity primary key,
        system text collate "C" not null,
        stream text collate "C" not null,
        scope text collate "C" not null,
        datastore text collate "C" not null,
        id text collate "C" not null,
        state text not null check (state in ('ready', 'sent', 'unknown', 'dead')),
        write_id text not null,
        payload text,
        version text,
        attempts integer not null default 0,
        not_before bigint not null default 0,
        error text,
        created_at bigint not null,
        field text,
        dead_at bigint,
        uncertain smallint not null default 0,
        -- Number of the first state that a row tells of; those below were told by the rows before it.
        from_seq bigint not null default 0,
        -- Why the system refused it, as JSON; null: it did not.
        refusal text
      );
      create index outbox_lane on outbox (scope, datastore, id, system, stream, seq);
      create index outbox_open on outbox (system, seq) where state in ('ready', 'unknown');
      create index outbox_held on outbox (state, seq) where state in ('sent', 'dead');

      create table receipt (
        scope text collate "C" not null,
        datastore text collate "C" not null,
        id text collate "C" not null,
        replica text collate "C" not null,
        version text not null,
        seq bigint not null,
        -- Since when nothing more is to come; null: not yet.
        settled_at bigint,
        changed_at bigint not null,
        primary key (scope, datastore, id, replica)
      );
      create index receipt_age on receipt (changed_at);

      -- Within a document in the order of the commits. A first state has no row: its document says all of it.
      create table history (
        number bigint generated always as identity primary key,
        scope text collate "C" not null,
        datastore text collate "C" not null,
        id text collate "C" not null,
        kind text not null,
        at bigint not null,
        author text not null,
        seq bigint,
        decided smallint not null,
        detail text not null
      );
      -- By id alone, which is nearly unique: each change of a document pays for the length of this index.
      create index history_document on history (id);
      create index history_decided on history (number) where decided = 1;

      create table cursor (
        system text collate "C" not null,
        stream text collate "C" not null,
        kind text collate "C" not null,
        cursor text not null,
        primary key (system, stream, kind)
      );

      create table recheck (
        number bigint generated always as identity primary key,
        system text collate "C" not null,
        stream text collate "C" not null,
        key text collate "C" not null,
        taken smallint not null default 0,
        unique (system, stream, key)
      );

      create table quarantine (
        number bigint generated always as identity,
        system text collate "C" not null,
        stream text collate "C" not null,
        key text collate "C" not null,
        reason text not null,
        record text not null,
        at bigint not null,
        primary key (system, stream, key)
      );

      create table notice (
        system text collate "C" not null,
        stream text collate "C" not null,
        id text collate "C" not null,
        at bigint not null,
        primary key (system, stream, id)
      );
      create index notice_at on notice (at);

      -- Records as the systems gave them, so that another mapping can be applied without a call. Long ones are packed.
      create table kept_record (
        system text collate "C" not null,
        stream text collate "C" not null,
        key text collate "C" not null,
        version text,
        digest text,
        read_at bigint not null,
        packed smallint not null,
        record bytea not null,
        -- Of version, digest and record, so that one that says the same is not written again.
        hash bytea not null,
        primary key (system, stream, key)
      );

      create table system_state (
        system text collate "C" primary key,
        state text not null,
        since bigint not null,
        failures bigint not null,
        retry_at bigint not null,
        error text,
        last_success_at bigint
      );
    `,
  },
];

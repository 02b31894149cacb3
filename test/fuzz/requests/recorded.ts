import { type Checkpoint, parsePulledRows } from '@datastores/core/protocol';
import type { JsonDocument } from '@datastores/core/schema';
import { SERVED } from '../server/served.ts';
import { GOOD_TOKENS, type Token } from './tokens.ts';

/** A document as a replica got it. */
export interface Known {
  readonly datastore: string;
  readonly version: string;
  readonly document: JsonDocument;
}

/** What real exchanges with the server brought, for requests that follow on them. */
export interface Recorded {
  readonly checkpoint: Checkpoint;
  readonly known: readonly Known[];
}

/** What a request is made of: what was exchanged before, and who asks. */
export interface Speaker extends Recorded {
  readonly token: Token;
}

/** Pulls everything that a valid token opens, as a replica does. */
export async function record(url: string): Promise<Recorded> {
  const { header } = GOOD_TOKENS[0] as Token;
  const known: Known[] = [];
  let checkpoint: Checkpoint = {};
  for (const { name, version } of SERVED) {
    const request = { protocol: 1, datastore: name, schemaVersion: version, checkpoint: null, maxRows: 1_000 };
    const response = await fetch(`${url}/trpc/pull`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: header ?? '' },
      body: JSON.stringify({ json: { ...request, maxBytes: 1_000_000 } }),
    });
    const answer = (await response.json()) as Answer;
    const page = answer.result.data.json;
    checkpoint = page.checkpoint;
    for (const row of parsePulledRows(page.documents)) {
      if ('doc' in row) known.push({ datastore: name, version: row.v, document: row.doc });
    }
  }
  return { checkpoint, known };
}

interface Answer {
  readonly result: {
    readonly data: { readonly json: { readonly checkpoint: Checkpoint; readonly documents: string } };
  };
}

import type { Checkpoint, PushOutcome } from '@datastores/core/protocol';
import { diffDocument, type JsonDocument, mergeChange } from '@datastores/core/schema';
import { pullPage, pushRows, type Wire } from './test-service.ts';

/**
 * The smallest replica that keeps the rules of the protocol, for one document: a journal entry with its base, and after
 * a push without an answer the same base is pushed again before anything pulled is merged in.
 */
export class ModelReplica {
  readonly outcomes: PushOutcome['is'][] = [];
  document: JsonDocument | null = null;
  private readonly wire: Wire;
  private readonly id: string;
  private base: { readonly version: string; readonly document: JsonDocument | null } | null = null;
  private checkpoint: Checkpoint | null = null;
  private dirty = false;
  private inDoubt = false;

  constructor(wire: Wire, id: string) {
    this.wire = wire;
    this.id = id;
  }

  edit(change: (document: JsonDocument) => JsonDocument | null): void {
    if (this.document === null) return;
    this.document = change(this.document);
    this.dirty = true;
  }

  insert(document: JsonDocument): void {
    if (this.document !== null || this.dirty) return;
    this.document = document;
    this.base = null;
    this.dirty = true;
  }

  async push(answer: 'arrives' | 'is lost'): Promise<void> {
    if (!this.dirty) return;
    const before = this.base?.document ?? null;
    const { changed, was } = this.document === null ? { changed: [], was: {} } : diffDocument(before, this.document);
    const row = { id: this.id, base: this.base?.version ?? null, changed, was, doc: this.document };
    const [outcome] = await pushRows(this.wire, [row], this.checkpoint);
    if (outcome === undefined) throw new Error('expected an outcome');
    this.inDoubt = true;
    if (answer === 'is lost') return;
    this.outcomes.push(outcome.is);
    if (outcome.is !== 'accepted') this.document = outcome.document === null ? null : JSON.parse(outcome.document);
    this.base = outcome.version === null ? null : { version: outcome.version, document: this.document };
    this.dirty = false;
    this.inDoubt = false;
  }

  async pull(): Promise<void> {
    if (this.inDoubt) return;
    const { rows, checkpoint } = await pullPage(this.wire, this.checkpoint);
    this.checkpoint = checkpoint;
    for (const row of rows) {
      const document = 'doc' in row ? row.doc : null;
      if ((document?.id ?? ('del' in row ? row.del : '')) !== this.id) continue;
      if (this.dirty) this.document = this.rebased(document);
      else this.document = document;
      this.base = { version: row.v, document };
      if (document === null) this.dirty = false;
    }
  }

  private rebased(pulled: JsonDocument | null): JsonDocument | null {
    if (pulled === null || this.document === null) return null;
    const change = diffDocument(this.base?.document ?? null, this.document);
    return mergeChange(this.wire.datastore, pulled, change).document;
  }
}

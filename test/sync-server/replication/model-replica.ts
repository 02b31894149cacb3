import type { Checkpoint, PushOutcome, PushRow } from '@datastores/core/protocol';
import { diffDocument, type JsonDocument, mergeChange } from '@datastores/core/schema';
import { pullPage, pushRows, type Wire } from './test-service.ts';

/** A push as it was sent, and whether the server took it. */
interface SentPush {
  readonly row: PushRow;
  readonly checkpoint: Checkpoint | null;
  taken?: boolean;
}

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
  private edits = 0;
  private inDoubt = false;
  private readonly sent: SentPush[] = [];

  constructor(wire: Wire, id: string) {
    this.wire = wire;
    this.id = id;
  }

  edit(change: (document: JsonDocument) => JsonDocument | null): void {
    if (this.document === null) return;
    this.document = change(this.document);
    this.edits += 1;
    this.dirty = true;
  }

  insert(document: JsonDocument): void {
    if (this.document !== null || this.dirty) return;
    this.document = document;
    this.base = null;
    this.edits += 1;
    this.dirty = true;
  }

  async push(answer: 'arrives' | 'is lost' | 'is held'): Promise<void> {
    if (!this.dirty) return;
    const before = this.base?.document ?? null;
    const { changed, was } = this.document === null ? { changed: [], was: {} } : diffDocument(before, this.document);
    const row = { id: this.id, base: this.base?.version ?? null, edit: this.edits, changed, was, doc: this.document };
    const push: SentPush = { row, checkpoint: this.checkpoint };
    this.sent.push(push);
    this.inDoubt = true;
    if (answer === 'is held') return;
    const outcome = await this.deliver(push);
    if (answer === 'is lost') return;
    this.outcomes.push(outcome.is);
    if (outcome.is !== 'accepted') this.document = outcome.document === null ? null : JSON.parse(outcome.document);
    this.base = outcome.version === null ? null : { version: outcome.version, document: this.document };
    this.edits += 1;
    this.dirty = false;
    this.inDoubt = false;
  }

  /**
   * Delivers a copy of a push of before, counted from the newest, whose answer nobody waits for any more. Says whether
   * the server had got it, or one after it, and decided it in its favour already.
   */
  async deliverLate(back: number): Promise<boolean> {
    const at = this.sent.length - 1 - (back % Math.max(this.sent.length, 1));
    const push = this.sent[at];
    if (push === undefined) return true;
    const over = this.sent.some(({ taken }, other) => other >= at && taken === true);
    await this.deliver(push);
    return over;
  }

  private async deliver(push: SentPush): Promise<PushOutcome> {
    const [outcome] = await pushRows(this.wire, [push.row], push.checkpoint);
    if (outcome === undefined) throw new Error('expected an outcome');
    push.taken = push.taken === true || outcome.is === 'accepted' || outcome.is === 'merged';
    return outcome;
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
      this.edits += 1;
      if (document === null) this.dirty = false;
    }
  }

  private rebased(pulled: JsonDocument | null): JsonDocument | null {
    if (pulled === null || this.document === null) return null;
    const change = diffDocument(this.base?.document ?? null, this.document);
    return mergeChange(this.wire.datastore, pulled, change).document;
  }
}

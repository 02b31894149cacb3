/** Counts for `datastores status` and the health routes. */
export interface StoreSummary {
  readonly datastores: readonly {
    readonly datastore: string;
    readonly documents: number;
    readonly tombstones: number;
  }[];
  readonly scopes: readonly { readonly scope: string; readonly seq: number }[];
  readonly outbox: readonly {
    readonly system: string;
    readonly state: string;
    readonly rows: number;
    readonly oldestAt: number;
  }[];
  /** Keys that wait to be read again. */
  readonly rechecks: readonly { readonly system: string; readonly stream: string; readonly keys: number }[];
  readonly links: readonly { readonly system: string; readonly stream: string; readonly links: number }[];
  readonly quarantined: number;
  /** Fields that a person is asked about. One that has settled itself counts until its record is read again. */
  readonly questions: number;
  readonly decisions: number;
  readonly replicas: number;
}

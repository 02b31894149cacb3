import type { JsonValue } from '@datastores/core/schema';
import type { Context } from '../connector.ts';
import type { Answer } from '../model-rpc/answer.ts';

/** One call of a method of a model. */
export interface OdooCall {
  readonly model: string;
  readonly method: string;
  /** Records it is called on. */
  readonly ids?: readonly number[];
  /** Parameters by name, in their order; JSON-RPC sends the first of them by place. */
  readonly positional?: Readonly<Record<string, JsonValue>>;
  readonly named?: Readonly<Record<string, JsonValue>>;
}

/** A way to call Odoo. Never throws for what Odoo answers. */
export type OdooApi = (call: OdooCall, context: Context) => Promise<Answer>;

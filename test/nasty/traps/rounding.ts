import type { ServiceFields } from '../../support/rest-items.ts';
import type { Trap } from '../trap.ts';

/** Names are trimmed and in upper case, quantities go by tens: what is written is never what was sent. */
export function rounding(): Trap {
  return {
    request: ({ method, body }) => {
      const fields = body as { -readonly [Field in keyof ServiceFields]: ServiceFields[Field] } | undefined;
      if ((method !== 'POST' && method !== 'PATCH') || fields === undefined) return undefined;
      if (typeof fields.name === 'string') fields.name = fields.name.trim().toUpperCase();
      if (typeof fields.quantity === 'number') fields.quantity = Math.round(fields.quantity / 10) * 10;
      return undefined;
    },
  };
}

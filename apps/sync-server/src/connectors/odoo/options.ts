import { z } from 'zod';
import { sharedFields } from '../model-rpc/options.ts';

/** How an Odoo is reached, and what of it is read and written. All times in milliseconds. See docs/connectors/odoo.md. */
export type OdooOptions = z.input<typeof optionsSchema>;

/** The options with defaults filled in. */
export type ParsedOptions = z.output<typeof optionsSchema>;

const text = z.string().min(1);

/** See {@link OdooOptions}. */
export const optionsSchema = z
  .strictObject({
    ...sharedFields,
    /** `json-2` from Odoo 19 on; `json-rpc` before, and until Odoo 21. */
    api: z.enum(['json-2', 'json-rpc']),
    database: text.optional(),
    /** Login of the user; `json-rpc` only. */
    user: text.optional(),
    apiKey: text,
    /**
     * Creates carry an external id made from their reference, by which Odoo knows a repeat. False: a field of the stream,
     * `ref`, takes the reference.
     */
    externalIds: z.boolean().default(false),
  })
  .superRefine((options, context) => {
    const complain = (at: string[], message: string) => context.addIssue({ code: 'custom', path: at, message });
    if (options.api === 'json-rpc' && options.user === undefined) complain(['user'], 'json-rpc needs the login');
    if (options.api === 'json-rpc' && options.database === undefined) {
      complain(['database'], 'json-rpc needs the name of the database');
    }
    if (options.api === 'json-2' && options.user !== undefined) {
      complain(['user'], 'json-2 knows the user by the API key alone; take it out');
    }
    for (const [name, stream] of Object.entries(options.streams)) {
      if (!options.externalIds) continue;
      if (stream.ref !== undefined) complain(['streams', name, 'ref'], 'with externalIds no field takes the reference');
      const created = !stream.readOnly && Object.keys(stream.lists).length > 0;
      if (created) complain(['streams', name, 'lists'], 'with externalIds records are created without children');
    }
  });

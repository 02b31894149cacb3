import { z } from 'zod';

/** Where a list of records stands: at a mark (null: among those without one) and the texts of a key. */
export const positionSchema = z.strictObject({ mark: z.string().nullable(), key: z.array(z.string()).min(1) });

/** A {@link positionSchema}. */
export type Position = z.output<typeof positionSchema>;

/**
 * Reading in passes. A pass reads what was marked from `from` (null: from the beginning) up to `upto`, where the system
 * stood when the pass began. `at` is where the pass stands; null: it is complete, and the next one begins at `upto` less
 * the overlap.
 */
export const passFields = {
  from: z.string().nullable(),
  upto: z.string(),
  at: positionSchema.nullable(),
};

/** The fields of a cursor that reads in passes. */
export interface PassCursor {
  readonly from: string | null;
  readonly upto: string;
  readonly at: Position | null;
}

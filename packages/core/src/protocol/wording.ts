import * as z from 'zod/mini';

const english: z.core.$ZodErrorMap = z.locales.en().localeError;

/**
 * Parse parameters that give faults their words. zod/mini comes without any, and setting them globally would also change
 * the messages of an application that uses zod itself.
 */
export const IN_WORDS: { readonly error: z.core.$ZodErrorMap } = { error: english };

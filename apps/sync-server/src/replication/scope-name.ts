import { isReservedScope } from '@datastores/core/protocol';

/** True for what tokens and rules may call a scope: 1 to 200 letters, digits and `. _ : @ / -`, a letter or digit first. */
export function isScopeName(scope: unknown): scope is string {
  return typeof scope === 'string' && /^[A-Za-z0-9][\w.:@/-]{0,199}$/.test(scope) && !isReservedScope(scope);
}

import { DatastoreError, MAX_DATASTORES } from '@datastores/core';
import type { Settings } from './resolve.ts';

/** Refuses settings that are each valid and contradict each other. Throws CONFIG_INVALID or TOO_MANY_DATASTORES. */
export function assertConsistent({ datastores, auth }: Settings): void {
  if (auth.secret === null && auth.jwksUrl === null && !auth.developmentTokens) {
    throw contradiction(
      'auth: there is no way to check a token.',
      'Set auth.secret (or DATASTORES_AUTH_SECRET, at least 32 bytes) or auth.jwksUrl; for work on one machine, auth.developmentTokens: true.',
    );
  }
  if (auth.secret !== null && auth.jwksUrl !== null) {
    throw contradiction('auth.secret and auth.jwksUrl are both set.', 'Keep one of them: tokens have one issuer.');
  }
  if (auth.developmentTokens && auth.jwksUrl !== null) {
    throw contradiction(
      'auth.developmentTokens is on together with auth.jwksUrl.',
      'Take one of them out: a server that trusts an issuer must not accept tokens minted beside it.',
    );
  }
  if (auth.jwksUrl !== null && auth.issuer === null && auth.audience === null) {
    throw contradiction(
      'auth.jwksUrl is set without auth.issuer and auth.audience, so tokens for other programs would be accepted.',
      'Set auth.audience to what the issuer writes into tokens for this server, or auth.issuer.',
    );
  }
  const names = datastores.map(({ name }) => name);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) {
    throw contradiction(`datastores: "${twice}" is declared twice.`, 'Take one out, or give it another name.');
  }
  if (names.length === 0) {
    throw contradiction('datastores: the list is empty.', 'Leave it out for the four that ship, or list some.');
  }
  if (names.length > MAX_DATASTORES) {
    throw new DatastoreError('TOO_MANY_DATASTORES', `datastores: ${names.length} are declared.`);
  }
}

function contradiction(message: string, remedy: string): DatastoreError {
  return new DatastoreError('CONFIG_INVALID', message, { remedy });
}

import { DatastoreError } from '@datastores/core';
import type { Caller } from '@datastores/core/protocol';
import type { Resolved } from '../config/resolve.ts';
import type { AccessRulesByDatastore } from '../replication/access-rules.ts';

/** The access rules of a configuration. Throws CONFIG_INVALID where they are of a datastore or a field that there is not. */
export function accessRules({ settings, access }: Resolved): AccessRulesByDatastore {
  for (const [name, { fields = {} }] of Object.entries(access)) {
    const datastore = settings.datastores.find((served) => served.name === name);
    if (datastore === undefined) {
      throw invalid(
        `access.${name}`,
        `this server serves no datastore "${name}"`,
        `Take it out, or add "${name}" to datastores.`,
      );
    }
    const stray = Object.keys(fields).find((field) => !Object.hasOwn(datastore.schema.properties, field));
    if (stray !== undefined) {
      throw invalid(`access.${name}.fields.${stray}`, `"${name}" has no such field`, 'Name a field of its schema.');
    }
  }
  return access as AccessRulesByDatastore;
}

/** Whether the access of a caller was withdrawn; null where the configuration has no answer to that. */
export function withdrawalRule({ isWithdrawn }: Resolved): ((caller: Caller) => boolean | Promise<boolean>) | null {
  return isWithdrawn as ((caller: Caller) => boolean | Promise<boolean>) | null;
}

function invalid(path: string, problem: string, remedy: string): DatastoreError {
  return new DatastoreError('CONFIG_INVALID', `${path}: ${problem}.`, { remedy });
}

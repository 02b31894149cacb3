import { writeReceipts } from '../schema/write-receipts.ts';

/** What a request says of the replica that makes it: receipts are told to no other. */
export function asReader(
  { name }: { readonly name: string },
  replica: string | undefined,
): { readonly replica?: string } {
  return name !== writeReceipts.name || replica === undefined ? {} : { replica };
}

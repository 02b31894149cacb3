import { MAX_BODY_BYTES } from '@datastores/core/protocol';
import { textOf } from '../values/json-text.ts';
import { nastyText } from '../values/texts.ts';
import { callRequest, envelope } from './calls.ts';
import { validMessage } from './messages.ts';
import type { Form } from './protocol-forms.ts';

const header = { protocol: 1, datastore: 'note', schemaVersion: 1 };

/** Requests as large as one may be, of which every part is as small or as wrong as it can be. */
export const asLargeAsAllowed: Form = (speaker, random) => {
  const { token } = speaker;
  const size = random.pick([MAX_BODY_BYTES - 2_000, MAX_BODY_BYTES - 300_000, 1_000_000]);
  const push = (rows: string) =>
    envelope({
      fields: [
        ...Object.entries(header),
        ['replica', `replica-of-${token.who}-0`],
        ['checkpoint', null],
        ['rows', rows],
      ],
    });
  const pull = (checkpoint: string) =>
    envelope({
      fields: [...Object.entries(header), ['checkpoint', { raw: checkpoint }], ['maxRows', 1], ['maxBytes', 1]],
    });
  const call = random.pick<readonly ['push' | 'pull', () => string]>([
    ['push', () => push(`[{"id":"a","base":null,"edit":1,"changed":[${filled('1', size / 2)}],"was":{},"doc":null}]`)],
    ['push', () => push(`[${filled('1', size / 2)}]`)],
    ['push', () => push('['.repeat(size / 2) + ']'.repeat(size / 2))],
    ['push', () => push(' '.repeat(size))],
    ['push', () => push(textOf([{ fields: [['id', 'x'.repeat(size / 2)]] }]))],
    ['pull', () => pull(`{${Array.from({ length: size / 12 }, (_, number) => `"s${number}":0`).join(',')}}`)],
    ['pull', () => pull(`{"main":{"epoch":"${'e'.repeat(size)}","seq":1,"tag":""}}`)],
    ['pull', () => `{"json":{},"meta":{"values":{"a":[${filled('"undefined"', size / 14)}]}}}`],
    ['pull', () => '['.repeat(size)],
    ['pull', () => `${'{"a":'.repeat(size / 6)}1${'}'.repeat(size / 6)}`],
    ['pull', () => `{"json":{"${'k'.repeat(size)}":1}}`],
    ['pull', () => '9'.repeat(size)],
    ['pull', () => `"${'\\u0041'.repeat(size / 6)}"`],
  ]);
  return callRequest({ form: 'as large as allowed', call: call[0], token }, call[1]());
};

/** Bodies above the limit, honestly announced or not. */
export const tooLarge: Form = (speaker, random) => {
  const body = Buffer.alloc(MAX_BODY_BYTES + random.pick([1, 100, 100_000]), 0x20);
  return callRequest({ form: 'too large', call: 'push', token: speaker.token, answer: 'anything' }, body);
};

/** Documents full of keys and texts that are long, each another one: whoever remembers them runs out of memory. */
export const longKeys: Form = (speaker, random) => {
  const key = `${nastyText(random).slice(0, 3)}${random.integer(0, 1e9)}`.padEnd(
    random.pick([200, 20_000, 100_000]),
    'k',
  );
  const document = { id: 'note-1', title: 'a', extra: { [key]: 1 } };
  const row = { id: 'note-1', base: null, edit: 1, changed: ['title', 'extra'], was: {}, doc: document };
  const fields = [
    ...Object.entries(header),
    ['replica', `replica-of-${speaker.token.who}-1`],
    ['checkpoint', null],
  ] as const;
  const text = envelope({ fields: [...fields, ['rows', JSON.stringify([row])]] as never });
  return callRequest({ form: 'long keys', call: 'push', token: speaker.token }, text);
};

/** A stream that is left at once. */
export const leftStream: Form = (speaker, random) => {
  const text = envelope(validMessage('changes', speaker, random));
  const request = callRequest(
    { form: 'left at once', call: 'changes', token: speaker.token, answer: 'anything' },
    text,
  );
  return { ...request, ending: random.pick(['cut', 'half']) };
};

function filled(part: string, count: number): string {
  return Array.from({ length: Math.floor(count) }, () => part).join(',');
}

import type { Random } from '../../bench/documents/random.ts';
import { brokenBytes } from '../values/broken-text.ts';
import { mutated } from '../values/mutate.ts';
import { nastyNode } from '../values/nasty.ts';
import { nastyMeta } from '../values/superjson-meta.ts';
import { callRequest, envelope } from './calls.ts';
import { type Call, hostilePush, validMessage, wrongMessage } from './messages.ts';
import type { Speaker } from './recorded.ts';
import type { HostileRequest } from './request.ts';
import { WIDE_TOKEN } from './tokens.ts';

/** Makes one request by chance. */
export type Form = (speaker: Speaker, random: Random) => HostileRequest;

const CALLS: readonly Call[] = ['pull', 'pull', 'push', 'push', 'changes'];

/** What a replica sends; the server has to serve it. */
export const valid: Form = (speaker, random) => {
  const { token } = speaker;
  if (random.integer(0, 4) === 0) return callRequest({ form: 'valid', call: 'info', token, answer: 'served' }, '');
  const call = random.pick(CALLS);
  const message = envelope(validMessage(call, speaker, random));
  return callRequest({ form: 'valid', call, token, answer: 'served' }, message);
};

/** A valid message with places in it changed at random. */
export const mutatedMessage: Form = (speaker, random) => {
  const call = random.pick(CALLS);
  const message = mutated(validMessage(call, speaker, random), random);
  return callRequest({ form: 'mutated message', call, token: speaker.token }, envelope(message));
};

/** Fields with what they are there to refuse: versions, names, checkpoints. */
export const wrongFields: Form = (speaker, random) => {
  const call = random.pick(CALLS);
  const token = random.integer(0, 19) === 0 ? WIDE_TOKEN : speaker.token;
  return callRequest({ form: 'wrong fields', call, token }, envelope(wrongMessage(call, speaker, random)));
};

/** Pushed rows that are wrong in themselves. */
export const hostileRows: Form = (speaker, random) => {
  const token = random.integer(0, 99) === 0 ? WIDE_TOKEN : speaker.token;
  return callRequest({ form: 'hostile rows', call: 'push', token }, envelope(hostilePush(speaker, random)));
};

/** Annotations of superjson that would make other things than JSON of a message. */
export const annotated: Form = (speaker, random) => {
  const call = random.pick(CALLS);
  const text = envelope(validMessage(call, speaker, random), nastyMeta(random));
  return callRequest({ form: 'annotated', call, token: speaker.token }, text);
};

/** Another envelope, or none. */
export const otherEnvelope: Form = (speaker, random) => {
  const call = random.pick(CALLS);
  const message = validMessage(call, speaker, random);
  const text = random.pick([
    () => `{"0":${envelope(message)}}`,
    () => `[${envelope(message)}]`,
    () => envelope(message).slice('{"json":'.length, -1),
    () => `{"json":${envelope(message)}}`,
    () => `{"json":null,${envelope(message).slice(1)}`,
    () => `{"__proto__":{"json":1},"constructor":{"prototype":{"polluted":true}}}`,
    () => envelope(nastyNode(random)),
  ])();
  return callRequest({ form: 'other envelope', call, token: speaker.token }, text);
};

/** Bodies that are damaged as bytes. */
export const brokenBody: Form = (speaker, random) => {
  const call = random.pick<Call>(['pull', 'push', 'push', 'changes']);
  const text = envelope(validMessage(call, speaker, random));
  return callRequest({ form: 'broken bytes', call, token: speaker.token }, brokenBytes(text, random));
};

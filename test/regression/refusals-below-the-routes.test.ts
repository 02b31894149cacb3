// What HTTP itself refuses was answered in the words of the web framework, of which no code, cause or remedy can be read.
import { connect } from 'node:net';
import { wireErrorSchema } from '@datastores/core/protocol';
import { expect, test } from 'vitest';
import { startServer } from '../sync-server/http/test-server.ts';

test.each([
  ['bytes that are no HTTP', 'nonsense\r\n\r\n', 400],
  ['headers that are too long', `GET /livez HTTP/1.1\r\nHost: x\r\nX: ${'h'.repeat(20_000)}\r\n\r\n`, 431],
  ['a chunk without a length', 'POST /trpc/pull HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nZZ\r\n', 400],
  ['a path that cannot be decoded', 'GET /trpc%ZZ HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n', 400],
])('%s are refused with code, cause and remedy', async (_what, bytes, status) => {
  await using at = await startServer();

  const answer = await answerTo(at.server.port as number, bytes);

  expect(answer.status).toBe(status);
  const { error } = JSON.parse(answer.body) as { error: unknown };
  expect(wireErrorSchema.parse(error)).toMatchObject({ code: 'REQUEST_INVALID', retryable: false });
  expect(answer.body).not.toMatch(/FST_ERR|Client Error/);
});

test('half of a preflight is answered as a whole one is, without words of the framework', async () => {
  await using at = await startServer();

  const answer = await answerTo(at.server.port as number, 'OPTIONS / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n');

  expect(answer).toEqual({ status: 204, body: '' });
});

function answerTo(port: number, bytes: string): Promise<{ status: number; body: string }> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1' });
    let text = '';
    socket.on('error', () => undefined);
    socket.on('data', (piece) => {
      text += piece;
    });
    socket.on('close', () => {
      resolve({ status: Number(text.split(' ')[1]), body: text.slice(text.indexOf('\r\n\r\n') + 4) });
    });
    socket.write(bytes);
  });
}

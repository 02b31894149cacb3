import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import { DatastoreError } from '@datastores/core';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { errorReply, withStatus } from './error-reply.ts';

/** Refuses bytes that are no request of HTTP, in the form of every other refusal, and closes the connection. */
export function refuseBytes(this: FastifyInstance, error: Error & { code?: string }, socket: Socket): void {
  if (error.code === 'ECONNRESET' || socket.destroyed) return;
  const [status, message] = REASONS[error.code ?? ''] ?? [400, 'It is not a request of HTTP.'];
  const { body } = errorReply(withStatus(new DatastoreError('REQUEST_INVALID', message), status), '');
  const text = JSON.stringify(body);
  const head = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
    `Content-Length: ${Buffer.byteLength(text)}`,
    'Content-Type: application/json',
    'Connection: close',
  ];
  if (socket.writable) socket.write(`${head.join('\r\n')}\r\n\r\n${text}`);
  socket.destroy(error);
}

/** Refuses a request whose path cannot be read, before there is a route. */
export function refusePath(_error: Error, request: FastifyRequest, reply: FastifyReply): void {
  const error = withStatus(new DatastoreError('REQUEST_INVALID', 'The path of the request cannot be read.'), 400);
  void reply.status(400).send(errorReply(error, request.raw.url ?? '').body);
}

const REASONS: Readonly<Record<string, readonly [status: number, message: string]>> = {
  ERR_HTTP_REQUEST_TIMEOUT: [408, 'The request did not come within the time that it may take.'],
  HPE_HEADER_OVERFLOW: [431, 'The headers of the request are too long.'],
};

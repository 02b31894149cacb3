import { connect, type Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import type { HostileRequest } from '../requests/request.ts';
import { type Answer, createAnswerReader } from './answer-reader.ts';
import { afterSeconds } from './ticks.ts';

/** What became of a request. */
export type Reply =
  | { readonly kind: 'answer'; readonly answer: Answer }
  /** The connection was closed without one. */
  | { readonly kind: 'closed' }
  /** Nothing came, and the connection stayed open. */
  | { readonly kind: 'silent' }
  /** What came is no HTTP. */
  | { readonly kind: 'garbled'; readonly reason: string };

/** One after the other over a connection that is kept as long as both sides keep it. */
export interface Lane {
  send(request: HostileRequest): Promise<Reply>;
  close(): void;
}

/** After so many seconds without a byte nobody will answer any more. */
const SILENT_S = 150;

/** Makes a lane to a port of this machine. It connects with its first request. */
export function createLane(port: number): Lane {
  let kept: Socket | null = null;
  const open = async (): Promise<Socket | null> => {
    if (kept?.writable) return kept;
    const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true, noDelay: true });
    socket.on('error', () => undefined);
    const isOpen = await new Promise<boolean>((resolve) => {
      socket.once('connect', () => resolve(true));
      socket.once('close', () => resolve(false));
    });
    kept = isOpen ? socket : null;
    return kept;
  };
  const drop = () => {
    kept?.destroy();
    kept = null;
  };
  return {
    async send(request) {
      const isAlone = request.ending !== 'answer' || request.pieces.length > 1;
      const wasKept = kept !== null;
      if (isAlone) drop();
      const socket = await open();
      if (socket === null) return { kind: 'closed' };
      let reply = await exchange(socket, request);
      // A connection that lay idle may be closed by the server in the very moment of the next request.
      if (reply.kind === 'closed' && wasKept && !isAlone) {
        drop();
        const fresh = await open();
        reply = fresh === null ? reply : await exchange(fresh, request);
      }
      if (isAlone || reply.kind !== 'answer' || !reply.answer.isKept) drop();
      return reply;
    },
    close: drop,
  };
}

async function exchange(socket: Socket, request: HostileRequest): Promise<Reply> {
  const replied = replyOn(socket, request.expects.isHead);
  for (const [index, piece] of request.pieces.entries()) {
    if (index > 0) await pause(request.pauseMs);
    if (!socket.writable) break;
    socket.write(piece);
  }
  if (request.ending === 'cut') {
    if (socket.writableLength > 0) await new Promise((resolve) => socket.once('drain', resolve).once('close', resolve));
    socket.destroy();
    return { kind: 'closed' };
  }
  if (request.ending === 'half' && socket.writable) socket.end();
  return replied;
}

function replyOn(socket: Socket, isHead: boolean): Promise<Reply> {
  const reader = createAnswerReader(isHead);
  return new Promise((resolve) => {
    const done = (reply: Reply) => {
      callOff();
      socket.off('data', onData).off('end', onEnd).off('close', onEnd);
      resolve(reply);
    };
    const callOff = afterSeconds(SILENT_S, () => done({ kind: 'silent' }));
    const read = (take: () => Answer | null) => {
      try {
        const answer = take();
        if (answer !== null) done({ kind: 'answer', answer });
      } catch (error) {
        done({ kind: 'garbled', reason: (error as Error).message });
      }
    };
    const onData = (piece: Uint8Array) => read(() => reader.take(piece));
    const onEnd = () => {
      read(() => reader.atEnd());
      done({ kind: 'closed' });
    };
    socket.on('data', onData).on('end', onEnd).on('close', onEnd);
  });
}

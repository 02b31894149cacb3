/** A request as its parts. */
export interface HttpText {
  readonly method: string;
  readonly target: string;
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body?: Uint8Array;
}

/** The bytes of a request of HTTP/1.1. The length of the body is told unless a header tells of it. */
export function httpBytes({ method, target, headers, body }: HttpText): Buffer {
  const names = new Set(headers.map(([name]) => name.toLowerCase()));
  const lines = [`${method} ${target} HTTP/1.1`];
  if (!names.has('host')) lines.push('Host: localhost');
  for (const [name, value] of headers) lines.push(`${name}: ${value}`);
  const isFramed = names.has('content-length') || names.has('transfer-encoding');
  if (body !== undefined && !isFramed) lines.push(`Content-Length: ${body.length}`);
  const head = Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1');
  return body === undefined ? head : Buffer.concat([head, body]);
}

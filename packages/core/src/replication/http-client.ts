/** One HTTP request. */
export interface HttpRequest {
  readonly method: 'GET' | 'POST';
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
  readonly signal: AbortSignal;
}

/** The answer, once its head is there. Its body is read once, as a whole or in pieces. */
export interface HttpResponse {
  readonly status: number;
  text(): Promise<string>;
  chunks(): AsyncIterable<Uint8Array>;
}

/** How HTTP requests are made on a platform. Bodies of answers come unpacked. */
export interface HttpClient {
  /** Resolves when the head of the answer is there, whatever its status is. Rejects where there is none. */
  request(url: string, request: HttpRequest): Promise<HttpResponse>;
  /** Packs the body of a request; missing where bodies are not worth being packed. */
  readonly gzip?: (text: string) => Promise<Uint8Array>;
  /** Lets go of connections that are kept for a next request. */
  close?(): void;
}

/** HTTP requests by the fetch of the platform, which unpacks answers by itself. */
export function createFetchClient(options: {
  readonly fetch: typeof globalThis.fetch;
  /** Whether bodies of requests are worth being packed. */
  readonly compression: boolean;
}): HttpClient {
  const canPack = options.compression && typeof CompressionStream === 'function';
  return {
    async request(url, { method, headers, body, signal }) {
      const init = { method, headers, signal, cache: 'no-store' as const };
      const response = await options.fetch(url, body === undefined ? init : { ...init, body: body as BodyInit });
      return { status: response.status, text: () => response.text(), chunks: () => chunksOf(response) };
    },
    ...(canPack ? { gzip: packed } : {}),
  };
}

/** True for an address on this machine, where sending takes less time than packing. */
export function isLoopback(url: string): boolean {
  const { hostname } = new URL(url);
  return /^(?:localhost|.+\.localhost|127(?:\.\d{1,3}){3}|\[::1\])$/.test(hostname);
}

async function* chunksOf({ body }: Response): AsyncGenerator<Uint8Array, void> {
  if (body === null) return;
  const reader = body.getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    yield value;
  }
}

async function packed(text: string): Promise<Uint8Array> {
  const stream = new Blob([text]).stream().pipeThrough(new CompressionStream('gzip'));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

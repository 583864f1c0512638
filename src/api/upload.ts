import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import type { Context } from 'hono';

/** A body that is read as it comes in. */
export interface Upload {
  readonly pieces: AsyncIterable<Uint8Array>;
  /** Of path, query and body; reads what of the body nobody has read yet, and keeps none of it. */
  readonly fingerprint: () => Promise<string>;
}

async function* nothing(): AsyncGenerator<Uint8Array> {}
export const NO_UPLOAD: Upload = { pieces: nothing(), fingerprint: async () => '' };

/** What every repetition of a request has: query and all, since a file's name stands there. */
const begin = (c: Context) => {
  const { pathname, search } = new URL(c.req.url);
  return createHash('sha256').update(`${c.req.method} ${pathname}${search} `);
};

/** The body of this request as it comes in, hashed on its way: two uploads are compared without keeping either. */
export function readUpload(c: Context): Upload {
  const hash = begin(c);
  async function* read(): AsyncGenerator<Uint8Array> {
    const { body } = c.req.raw;
    if (body === null) return;
    // the DOM's type of the stream and Node's are the same object
    for await (const piece of Readable.fromWeb(body as Parameters<typeof Readable.fromWeb>[0])) {
      hash.update(piece);
      yield piece;
    }
  }
  const pieces = read();
  const fingerprint = async (): Promise<string> => {
    for await (const _ of pieces);
    return hash.digest('base64url');
  };
  return { pieces, fingerprint };
}

/** The fingerprint of an ordinary request, of its bytes: once it was read as text, a file is no longer what it was. */
export async function ofWhole(c: Context): Promise<Upload['fingerprint']> {
  const hash = begin(c)
    .update(new Uint8Array(await c.req.arrayBuffer()))
    .digest('base64url');
  return async () => hash;
}

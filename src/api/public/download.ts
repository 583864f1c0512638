import { countDownload, findFile, readFileParts } from '../../hub/forms/files.ts';
import { isMachine } from '../../hub/forms/screen-submission.ts';
import { readDownloadToken } from '../../hub/forms/tokens.ts';
import { recordEvents } from '../../hub/record-events.ts';
import { ingest } from '../../hub/tracking/ingest.ts';
import type { ApiDeps } from '../deps.ts';
import type { App } from '../register.ts';
import { gone } from './form-routes.ts';
import type { PublicContext } from './page.ts';

/** `GET /d/{file}`: always an attachment, never shown on our own address; counted once it is really asked for. */
export function addDownloads(app: App, deps: ApiDeps): void {
  app.get('/d/:file', async (c) => {
    c.set('template', 'GET /d/{file}');
    const { db } = deps.engine.store;
    const file = await findFile(db, c.req.param('file'));
    if (file === null || file === undefined) return gone(c);
    if (isAsked(c)) await count(c, deps, file);
    const parts = readFileParts(db, file.id);
    const body = new ReadableStream({
      pull: async (controller) => {
        const next = await parts.next();
        if (next.done === true) controller.close();
        else controller.enqueue(new Uint8Array(next.value));
      },
    });
    return c.body(body, 200, {
      'content-type': file.type,
      'content-length': String(file.size),
      'content-disposition': disposition(file.name),
      'cache-control': 'private, no-store',
      'content-security-policy': "default-src 'none'; sandbox",
      'x-robots-tag': 'noindex',
    });
  });
}

/** Names in any script (RFC 6266, RFC 8187). */
const disposition = (name: string): string => {
  const ascii = name
    .normalize('NFD')
    .replace(/[^\x20-\x7e]/gu, '')
    .replaceAll('"', '');
  const encoded = encodeURIComponent(name).replace(
    /['()*]/g,
    (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`,
  );
  return `attachment; filename="${ascii === '' ? 'download' : ascii}"; filename*=UTF-8''${encoded}`;
};

/** A person's click: no crawler, no mail scanner, no browser that loads ahead. */
const isAsked = (c: PublicContext): boolean =>
  c.req.method === 'GET' &&
  !isMachine(c.req.header('user-agent') ?? '') &&
  !/prefetch|prerender/i.test(`${c.req.header('sec-purpose') ?? ''} ${c.req.header('purpose') ?? ''}`);

async function count(
  c: PublicContext,
  deps: ApiDeps,
  file: { readonly id: string; readonly name: string },
): Promise<void> {
  const { store, clock, ids } = deps.engine;
  await countDownload(store.db, file.id);
  const at = clock.now();
  const visitor = c.req.query('v') ?? '';
  const contactId = await whoAsks(c, deps);
  if (contactId === null && /^[\w-]{16,64}$/.test(visitor)) await byVisitor(deps, visitor, file);
  if (contactId === null) return;
  await store.transaction((trx) =>
    recordEvents(
      trx,
      [{ id: ids.next('evt'), type: 'download', contactId, at, data: { file: file.id, name: file.name } }],
      at,
    ),
  );
}

/** Our own link on somebody's site: the script added the browser's id, which has agreed to be counted. */
async function byVisitor(
  deps: ApiDeps,
  visitor: string,
  file: { readonly id: string; readonly name: string },
): Promise<void> {
  const { store, clock, ids } = deps.engine;
  const data = { file: file.id, name: file.name };
  const sign = { visitor, type: 'download', at: clock.now(), url: null, referrer: '', data };
  await store.transaction((trx) => ingest(trx, [sign], { ids, now: clock.now() }));
}

/** Whoever's accepted submission led here; held ones lead to nobody. */
async function whoAsks(c: PublicContext, deps: ApiDeps): Promise<string | null> {
  const submissionId = readDownloadToken(deps.sign, c.req.query('s') ?? '');
  if (submissionId === null) return null;
  const row = await deps.engine.store.db
    .selectFrom('submissions')
    .select('contact_id')
    .where('id', '=', submissionId)
    .where('status', '=', 'accepted')
    .executeTakeFirst();
  return row?.contact_id ?? null;
}

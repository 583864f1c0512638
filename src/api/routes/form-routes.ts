import type { FormDefinition } from '../../core/form.ts';
import { NotFound } from '../../core/invalid-input.ts';
import { sendSoon } from '../../engine/submissions.ts';
import { reachOf } from '../../engine/why.ts';
import {
  consentWordings,
  createConsentText,
  deleteConsentText,
  listConsentTexts,
  updateConsentText,
} from '../../hub/forms/consent-texts.ts';
import { type ConsentEvidence, listConsents } from '../../hub/forms/consents.ts';
import { deleteFile, listFiles, type StoredFile, storeFile } from '../../hub/forms/files.ts';
import {
  countSubmissions,
  createForm,
  deleteForm,
  type Form,
  type FormCounts,
  listForms,
  mustFindForm,
  updateForm,
} from '../../hub/forms/form-store.ts';
import { liftOptOut } from '../../hub/forms/preferences.ts';
import { completeForm } from '../../hub/forms/public-form.ts';
import { listRefusals } from '../../hub/forms/submissions.ts';
import { makeTestToken, preferenceToken } from '../../hub/forms/tokens.ts';
import { originNames } from '../../hub/origin-names.ts';
import { findContact } from '../../hub/read-contacts.ts';
import { routes } from '../contract/routes.ts';
import type { ApiDeps, Caller } from '../deps.ts';
import { iso, isoOrNull, presentContact } from '../present.ts';
import { formPage } from '../public/form-page.ts';
import { embedCode, formAddress } from '../public/form-script.ts';
import { type App, register, withEtag } from '../register.ts';

const NONE: FormCounts = { accepted: 0, held: 0, refused: 0, lastAt: null };

function presentForm(deps: ApiDeps, form: Form, counts: FormCounts) {
  const address = formAddress(deps, form.id);
  const { fields, hidden, consents, origins, ...rest } = form.definition;
  return {
    id: form.id,
    key: form.key,
    version: form.version,
    name: form.name,
    enabled: form.enabled,
    ...rest,
    fields: [...fields],
    hidden: [...hidden],
    consents: [...consents],
    origins: [...origins],
    address,
    script: `${address}.js`,
    embed: embedCode(deps, form),
    counts: { ...counts, lastAt: isoOrNull(counts.lastAt) },
    createdAt: iso(form.createdAt),
    updatedAt: iso(form.updatedAt),
  };
}

const context = (deps: ApiDeps, caller: Caller) => ({
  ids: deps.engine.ids,
  at: deps.engine.clock.now(),
  by: `${caller.kind}:${caller.id}`,
});

/** Forms themselves. */
export function addFormRoutes(app: App, deps: ApiDeps): void {
  const { store, clock } = deps.engine;
  const withCounts = async (form: Form) =>
    presentForm(deps, form, (await countSubmissions(store.db)).get(form.id) ?? NONE);
  register(app, deps, routes.forms, async () => ({
    items: (await listForms(store.db)).map(({ form, counts }) => presentForm(deps, form, counts)),
  }));
  register(app, deps, routes.createForm, async ({ c, body, caller }) => {
    const { name, enabled, ...definition } = body;
    const form = await store.transaction((trx) =>
      createForm(trx, { name, enabled, definition }, context(deps, caller)),
    );
    return c.json(presentForm(deps, form, NONE), 201);
  });
  register(app, deps, routes.previewForm, async ({ body }) => {
    const { name, enabled, ...definition } = body;
    const form = await completeForm(store.db, { id: 'preview', key: '', version: 0, name, enabled, definition });
    const carried = { stamp: '', page: '', referrer: '', visitor: '', test: '' };
    return { html: String(await formPage(form, form.questions, carried)) };
  });
  register(app, deps, routes.form, async ({ c, params }) => {
    const form = await mustFindForm(store.db, params['id'] ?? '');
    return withEtag(c, await withCounts(form), form.version);
  });
  register(app, deps, routes.updateForm, async ({ c, params, body, caller, ifMatch }) => {
    const { name, enabled, ...change } = body;
    const form = await store.transaction(async (trx) => {
      const known = await mustFindForm(trx, params['id'] ?? '');
      // What is absent of the body stays; the contract lets no other key in.
      const definition = { ...known.definition, ...withoutAbsent(change) } as FormDefinition;
      return updateForm(
        trx,
        known.id,
        {
          definition,
          ifVersion: ifMatch,
          ...(name === undefined ? {} : { name }),
          ...(enabled === undefined ? {} : { enabled }),
        },
        context(deps, caller),
      );
    });
    return withEtag(c, await withCounts(form), form.version);
  });
  register(app, deps, routes.deleteForm, async ({ params }) => {
    await store.transaction((trx) => deleteForm(trx, params['id'] ?? '', clock.now()));
    return { ok: true };
  });
  register(app, deps, routes.testForm, async ({ params }) => {
    const form = await mustFindForm(store.db, params['id'] ?? '');
    return { address: `${formAddress(deps, form.id)}?test=${makeTestToken(deps.sign, form.id, clock.now())}` };
  });
  register(app, deps, routes.formRefusals, async ({ params }) => ({
    items: (await listRefusals(store.db, params['id'] ?? '')).map(({ last_at, ...one }) => ({
      ...one,
      lastAt: iso(last_at),
    })),
  }));
}

const withoutAbsent = (change: object): object =>
  Object.fromEntries(Object.entries(change).filter(([, value]) => value !== undefined));

/** Consent texts, files, and what one person agreed to. */
export function addConsentRoutes(app: App, deps: ApiDeps): void {
  const { store, clock } = deps.engine;
  const mustFind = async (id: string) => {
    const contact = await findContact(store.db, id, deps.config.url);
    if (contact === undefined) throw new NotFound('contact');
    return contact;
  };
  register(app, deps, routes.consentTexts, async () => ({
    items: (await listConsentTexts(store.db)).map(presentText),
  }));
  register(app, deps, routes.createConsentText, async ({ c, body, caller }) => {
    const input = { ...body, words: wordsOf(body.words) };
    const text = await store.transaction((trx) => createConsentText(trx, input, context(deps, caller)));
    return c.json(presentText(text), 201);
  });
  register(app, deps, routes.updateConsentText, async ({ params, body, caller }) => {
    const { words, ...rest } = body;
    const change = { ...withoutAbsent(rest), ...(words === undefined ? {} : { words: wordsOf(words) }) };
    return presentText(
      await store.transaction((trx) => updateConsentText(trx, params['id'] ?? '', change, context(deps, caller))),
    );
  });
  register(app, deps, routes.consentVersions, async ({ params }) => ({
    items: (await consentWordings(store.db, params['id'] ?? '')).map((one) => ({
      version: one.version,
      words: { ...one.words },
      savedBy: one.saved_by,
      at: iso(one.at),
    })),
  }));
  register(app, deps, routes.deleteConsentText, async ({ params }) => {
    await store.transaction((trx) => deleteConsentText(trx, params['id'] ?? '', clock.now()));
    return { ok: true };
  });
  register(app, deps, routes.reach, async ({ params }) => {
    const { id } = await mustFind(params['id'] ?? '');
    return { items: [...(await reachOf(deps.engine, id))] };
  });
  register(app, deps, routes.consents, async ({ params }) => {
    const { id } = await mustFind(params['id'] ?? '');
    const records = await listConsents(store.db, id);
    const names = await originNames(
      store.db,
      records.flatMap(({ source }) => source ?? []),
    );
    return {
      items: records.map((one) => ({
        purpose: one.purpose,
        given: one.given,
        at: iso(one.at),
        how: one.how,
        source: one.source,
        sourceName: one.source === null ? null : (names.get(one.source) ?? null),
        sourceVersion: one.source_version,
        words: one.words,
        language: one.language,
        proven: one.proven,
        ground: one.ground,
        evidence: evidenceView(one.evidence),
      })),
    };
  });
  register(app, deps, routes.liftOptOut, async ({ params, body, caller }) => {
    const { id } = await mustFind(params['id'] ?? '');
    const at = clock.now();
    await store.transaction(async (trx) => {
      await liftOptOut(trx, id, { by: caller.id, at });
      await trx
        .insertInto('audit')
        .values({
          at,
          actor: `${caller.kind}:${caller.id}`,
          action: 'opt-out lifted',
          subject: id,
          detail: JSON.stringify({ reason: body.reason }),
        })
        .execute();
    });
    await sendSoon(deps.engine, [id], 'opt_out');
    return presentContact(await mustFind(id));
  });
  register(app, deps, routes.preferenceLink, async ({ params }) => {
    const { id } = await mustFind(params['id'] ?? '');
    const token = await store.transaction((trx) => preferenceToken(trx, id, clock.now()));
    return { address: `${deps.config.url}/p/${token}` };
  });
}

const wordsOf = (words: Readonly<Partial<Record<string, string>>>): Record<string, string> =>
  Object.fromEntries(Object.entries(words).flatMap(([locale, text]) => (text === undefined ? [] : [[locale, text]])));

const presentText = (text: Awaited<ReturnType<typeof listConsentTexts>>[number]) => ({
  ...text,
  words: { ...text.words },
  createdAt: iso(text.createdAt),
  updatedAt: iso(text.updatedAt),
});

export function addFileRoutes(app: App, deps: ApiDeps): void {
  const { store, clock } = deps.engine;
  const present = ({ createdAt, ...file }: StoredFile) => ({
    ...file,
    address: `${deps.config.url}/d/${file.id}`,
    createdAt: iso(createdAt),
  });
  register(app, deps, routes.files, async () => ({ items: (await listFiles(store.db)).map(present) }));
  register(app, deps, routes.uploadFile, async ({ c, query, caller }) => {
    const content = new Uint8Array(await c.req.arrayBuffer());
    const type = c.req.header('content-type') ?? '';
    const file = await store.transaction((trx) =>
      storeFile(trx, { name: query.name, type, content }, context(deps, caller)),
    );
    return c.json(present(file), 201);
  });
  register(app, deps, routes.deleteFile, async ({ params }) => {
    await store.transaction((trx) => deleteFile(trx, params['id'] ?? '', clock.now()));
    return { ok: true };
  });
}

/** Written by us, in the shape of `ConsentEvidence`; the time as the API tells times. */
function evidenceView(stored: unknown) {
  if (stored === null) return null;
  // The column holds what `recordConsents` put there.
  const evidence = stored as ConsentEvidence;
  return { ...evidence, crmAt: evidence.crmAt === null ? null : iso(evidence.crmAt) };
}

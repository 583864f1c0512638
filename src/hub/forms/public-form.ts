import { sql } from 'kysely';
import type { FormDefinition, FormField } from '../../core/form.ts';
import type { FieldSchema, Option } from '../../core/model.ts';
import type { Queryable } from '../../store/db.ts';
import { readInstanceSettings } from '../../store/instance-settings.ts';
import { hubFields } from '../fields.ts';
import { originUrl } from './check-form.ts';
import { type ConsentText, consentTextsOf } from './consent-texts.ts';
import { findFile, type StoredFile } from './files.ts';
import { type Form, findForm } from './form-store.ts';

/** A question with what is needed to ask it. */
export interface Question extends FormField {
  /** Its options are those that visitors may see (R21). */
  readonly schema: FieldSchema;
}

export interface ShownConsent {
  readonly text: ConsentText;
  readonly required: boolean;
  /** In the form's language, else in the one there is. */
  readonly words: string;
  readonly language: string;
}

/** A form as visitors meet it; nothing of any contact is in it (R47). */
export interface PublicForm {
  readonly id: string;
  readonly key: string;
  readonly name: string;
  readonly enabled: boolean;
  readonly version: number;
  readonly definition: FormDefinition;
  readonly questions: readonly Question[];
  readonly hidden: readonly (FormDefinition['hidden'][number] & { readonly schema: FieldSchema })[];
  readonly consents: readonly ShownConsent[];
  readonly file: StoredFile | null;
  /** Of the instance: a moment typed without a zone is one of these clocks. */
  readonly zone: string;
  /** Sites whose pages may post: the form's own and the instance's. */
  readonly origins: readonly string[];
}

/** null: there is no such form. */
export async function readPublicForm(q: Queryable, id: string): Promise<PublicForm | null> {
  const form = await findForm(q, id);
  return form === undefined ? null : completeForm(q, form);
}

type Unfinished = Pick<Form, 'id' | 'key' | 'name' | 'enabled' | 'version' | 'definition'>;

/** Also of a form that is not saved yet, for the preview. Fields that are not there any more are left out. */
export async function completeForm(q: Queryable, form: Unfinished): Promise<PublicForm> {
  const { definition } = form;
  const { sites, timeZone } = await readInstanceSettings(q);
  const schema = await visibleSchema(q);
  const texts = await consentTextsOf(
    q,
    definition.consents.map((box) => box.text),
  );
  const file = definition.file === null ? undefined : await findFile(q, definition.file);
  return {
    id: form.id,
    key: form.key,
    name: form.name,
    enabled: form.enabled,
    version: form.version,
    definition,
    questions: definition.fields.flatMap((one) => {
      const field = schema.get(one.field);
      return field === undefined || field.calculated ? [] : [{ ...one, schema: field }];
    }),
    hidden: definition.hidden.flatMap((one) => {
      const field = schema.get(one.field);
      return field === undefined || field.calculated ? [] : [{ ...one, schema: field }];
    }),
    consents: definition.consents.flatMap((box) => {
      const text = texts.get(box.text);
      if (text === undefined) return [];
      const language = text.words[definition.locale] === undefined ? Object.keys(text.words)[0] : definition.locale;
      const words = language === undefined ? undefined : text.words[language];
      return language === undefined || words === undefined ? [] : [{ text, required: box.required, words, language }];
    }),
    file: file ?? null,
    zone: timeZone,
    // They become words of a content policy: what was stored before the check of today is looked at again.
    origins: [...new Set([...definition.origins, ...sites])].filter((site) => originUrl(site) !== null),
  };
}

/** R21: of a list, visitors see the values that are ticked; a list that shows new values ticks them as they come. */
async function visibleSchema(q: Queryable): Promise<ReadonlyMap<string, FieldSchema>> {
  const fields = await hubFields(q);
  const lists = fields.flatMap((field) => field.listId ?? []);
  const rows =
    lists.length === 0
      ? []
      : (
          await sql<{ list_id: string; key: string; label: string }>`
            select v.list_id, v.key, v.label from list_values v
             where v.list_id = any(${lists}::text[]) and v.removed_at is null and v.in_forms
             order by v.position, v.label`.execute(q)
        ).rows;
  const options = new Map<string, Option[]>();
  for (const row of rows)
    options.set(row.list_id, [...(options.get(row.list_id) ?? []), { id: row.key, label: row.label, active: true }]);
  return new Map(
    fields.map((field) => [
      field.key,
      field.listId === undefined ? field : { ...field, options: options.get(field.listId) ?? [] },
    ]),
  );
}

/**
 * The questions to ask a browser that has submitted `known` fields before: progressive ones that it answered are left
 * out, and of the others at most so many are asked at once (R47).
 */
export function questionsFor(form: PublicForm, known: ReadonlySet<string>): readonly Question[] {
  const { progressiveAtMost } = form.definition;
  let asked = 0;
  return form.questions.filter((question) => {
    if (!question.progressive) return true;
    if (known.has(question.field)) return false;
    asked += 1;
    return progressiveAtMost === 0 || asked <= progressiveAtMost;
  });
}

import { readFileSync } from 'node:fs';
import type { PublicForm } from '../../hub/forms/public-form.ts';
import { consentName } from '../../hub/forms/read-entries.ts';
import { makeStamp } from '../../hub/forms/tokens.ts';
import type { ApiDeps } from '../deps.ts';
import { say } from '../messages/say.ts';
import { autocompleteOf, HONEYPOT, inputTypeOf, labelOf } from './form-page.ts';

const SOURCE = readFileSync(new URL('./embed.js', import.meta.url), 'utf8');
const PLACE = 'TANDEM_FORM';

/** The address of a form's own page: for links, and where the script posts. */
export const formAddress = (deps: ApiDeps, id: string): string => `${deps.config.url}/f/${id}`;

/** What to paste into a page: without JavaScript a plain link, with it the form. */
export const embedCode = (deps: ApiDeps, form: { readonly id: string; readonly name: string }): string =>
  `<a data-tandem-form href="${formAddress(deps, form.id)}">${escapeHtml(form.name)}</a>\n<script async src="${formAddress(deps, form.id)}.js"></script>`;

const escapeHtml = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');

/** The script with the form in it, as JSON that is JavaScript, too. */
export function formScript(deps: ApiDeps, form: PublicForm, now: number): string {
  const { locale } = form.definition;
  const definition = {
    id: form.id,
    key: form.key,
    address: formAddress(deps, form.id),
    stamp: makeStamp(deps.sign, form.id, now),
    trap: HONEYPOT,
    progressiveAtMost: form.definition.progressiveAtMost,
    button: form.definition.button === '' ? say(locale, 'visitor.send') : form.definition.button,
    failed: say(locale, 'visitor.refused.flood'),
    fields: [
      ...form.questions.map((question) => ({
        name: question.field,
        label: labelOf(locale, question),
        help: question.help,
        required: question.required,
        progressive: question.progressive,
        type: question.schema.type,
        input: inputTypeOf(question.schema.type),
        autocomplete: autocompleteOf(question.field),
        value: 'true',
        options: (question.schema.options ?? []).map((option) => [option.id, option.label]),
      })),
      ...form.consents.map((consent) => ({
        name: consentName(consent.text.id),
        label: consent.words,
        help: '',
        required: consent.required,
        progressive: false,
        type: 'consent',
        value: String(consent.text.version),
      })),
    ],
    hidden: form.hidden.filter((one) => one.parameter !== '').map((one) => [one.field, one.parameter]),
  };
  const json = JSON.stringify(definition)
    .replaceAll('<', '\\u003c')
    .replaceAll('\u2028', '\\u2028')
    .replaceAll('\u2029', '\\u2029');
  // A function, so that `$&` in somebody's text is text.
  return SOURCE.replace(PLACE, () => json);
}

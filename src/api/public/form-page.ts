import { html } from 'hono/html';
import type { PublicForm, Question, ShownConsent } from '../../hub/forms/public-form.ts';
import { consentName } from '../../hub/forms/read-entries.ts';
import { isMessage, type Locale, say } from '../messages/say.ts';
import { type Html, nothing, page, paragraphs } from './page.ts';

/** The trap: people do not see it, machines fill it in. */
export const HONEYPOT = 'tandem_homepage';

/** What the visitor typed and what is wrong with it, when a form is shown again; both empty at first. */
export interface Filled {
  readonly values: ReadonlyMap<string, readonly string[]>;
  /** Field name → what is wrong, in the form's language. */
  readonly errors: ReadonlyMap<string, string>;
}
export const EMPTY: Filled = { values: new Map(), errors: new Map() };

/** Names that our page's hidden inputs carry. */
export interface Carried {
  readonly stamp: string;
  /** Address with parameters and referrer of the page's own load, for medium and source. */
  readonly page: string;
  readonly referrer: string;
  readonly visitor: string;
  readonly test: string;
}

/** The name of a question as visitors read it: what the form's maker wrote, else the field's own in the form's language. */
export function labelOf(locale: Locale, question: Pick<Question, 'label' | 'schema'>): string {
  if (question.label !== '') return question.label;
  const key = `visitor.field.${question.schema.key}`;
  return isMessage(key) ? say(locale, key) : question.schema.label;
}

const AUTOCOMPLETE: Readonly<Record<string, string>> = {
  email: 'email',
  first_name: 'given-name',
  last_name: 'family-name',
  company: 'organization',
  job_title: 'organization-title',
  phone: 'tel',
  mobile: 'tel',
  street: 'street-address',
  city: 'address-level2',
  postal_code: 'postal-code',
  state: 'address-level1',
  country: 'country-name',
  website: 'url',
  language: 'language',
};
export const autocompleteOf = (key: string): string => AUTOCOMPLETE[key] ?? 'on';

const INPUT_TYPES: Readonly<Record<string, string>> = {
  email: 'email',
  phone: 'tel',
  // Browsers refuse `example.com` in a url input; we take it.
  url: 'text',
  number: 'number',
  date: 'date',
  dateTime: 'datetime-local',
  localDateTime: 'datetime-local',
};
export const inputTypeOf = (type: string): string => INPUT_TYPES[type] ?? 'text';

/** The form itself: a page of ours, or of whoever shows it in a frame. */
export function formPage(
  form: PublicForm,
  asked: readonly Question[],
  carried: Carried,
  options: { readonly filled?: Filled; readonly base?: string } = {},
): Html {
  const { locale } = form.definition;
  const filled = options.filled ?? EMPTY;
  const title = form.definition.title === '' ? form.name : form.definition.title;
  return page({
    locale,
    title,
    ...(options.base === undefined ? {} : { base: options.base }),
    body: html`${carried.test === '' ? nothing : html`<p class="note" role="status">${say(locale, 'visitor.test')}</p>`}
<h1>${title}</h1>
${paragraphs(form.definition.intro)}
${filled.errors.size === 0 ? nothing : html`<p class="error" role="alert">${say(locale, 'visitor.errors')}</p>`}
<form method="post" action="${options.base ?? ''}/f/${form.id}" accept-charset="utf-8" novalidate>
${hiddenInput('_key', form.key)}${hiddenInput('_stamp', carried.stamp)}${hiddenInput('_page', carried.page)}${hiddenInput('_referrer', carried.referrer)}
${carried.visitor === '' ? nothing : hiddenInput('_visitor', carried.visitor)}${carried.test === '' ? nothing : hiddenInput('_test', carried.test)}
${form.hidden.filter((one) => one.parameter !== '').map((one) => hiddenInput(one.field, parameterOf(carried.page, one.parameter)))}
<p class="trap" aria-hidden="true"><label>${say(locale, 'visitor.trap')} <input name="${HONEYPOT}" tabindex="-1" autocomplete="off"></label></p>
${asked.map((question) => questionBlock(locale, question, filled))}
${form.consents.map((consent) => consentBlock(consent, filled))}
<p><button type="submit">${form.definition.button === '' ? say(locale, 'visitor.send') : form.definition.button}</button></p>
</form>`,
  });
}

const hiddenInput = (name: string, value: string): Html => html`<input type="hidden" name="${name}" value="${value}">`;

const parameterOf = (address: string, name: string): string =>
  URL.canParse(address) ? (new URL(address).searchParams.get(name) ?? '').slice(0, 500) : '';

function questionBlock(locale: Locale, question: Question, filled: Filled): Html {
  const name = question.field;
  const error = filled.errors.get(name);
  const label = html`${labelOf(locale, question)}${question.required ? html` <span class="required" aria-hidden="true">*</span>` : nothing}`;
  const notes = html`${question.help === '' ? nothing : html`<span class="help" id="${name}-help">${question.help}</span>`}${error === undefined ? nothing : html`<span class="error" id="${name}-error">${error}</span>`}`;
  if (question.schema.type === 'manyOf')
    return html`<fieldset class="field">
<legend>${label}</legend>
${(question.schema.options ?? []).map((option) => html`<label class="choice"><input type="checkbox" name="${name}" value="${option.id}" ${(filled.values.get(name) ?? []).includes(option.id) ? 'checked' : ''}> ${option.label}</label>`)}
${notes}</fieldset>`;
  if (question.schema.type === 'boolean')
    return html`<p class="field"><label class="choice"><input type="checkbox" name="${name}" value="true" ${filled.values.get(name)?.[0] === 'true' ? 'checked' : ''} ${question.required ? 'required' : ''}> ${label}</label>${notes}</p>`;
  return html`<p class="field"><label for="${name}">${label}</label>${control(question, filled)}${notes}</p>`;
}

function control(question: Question, filled: Filled): Html {
  const name = question.field;
  const value = filled.values.get(name)?.[0] ?? '';
  const described = [question.help === '' ? '' : `${name}-help`, filled.errors.has(name) ? `${name}-error` : ''].filter(
    Boolean,
  );
  const required = question.required ? 'required' : '';
  const invalid = filled.errors.has(name) ? 'true' : 'false';
  if (question.schema.type === 'oneOf')
    return html`<select id="${name}" name="${name}" ${required} aria-invalid="${invalid}" aria-describedby="${described.join(' ')}"><option value=""></option>${(question.schema.options ?? []).map((option) => html`<option value="${option.id}" ${value === option.id ? 'selected' : ''}>${option.label}</option>`)}</select>`;
  if (question.schema.type === 'longText')
    return html`<textarea id="${name}" name="${name}" rows="4" ${required} autocomplete="${autocompleteOf(name)}" aria-invalid="${invalid}" aria-describedby="${described.join(' ')}">${value}</textarea>`;
  return html`<input id="${name}" name="${name}" type="${inputTypeOf(question.schema.type)}" value="${value}" ${required} autocomplete="${autocompleteOf(name)}" aria-invalid="${invalid}" aria-describedby="${described.join(' ')}">`;
}

function consentBlock(consent: ShownConsent, filled: Filled): Html {
  const name = consentName(consent.text.id);
  const error = filled.errors.get(name);
  // Never ticked for the visitor; only what he ticked himself stays ticked when the form is shown again.
  return html`<p class="field"><label class="choice"><input type="checkbox" name="${name}" value="${consent.text.version}" ${filled.values.has(name) ? 'checked' : ''} ${consent.required ? 'required' : ''}> <span lang="${consent.language}">${consent.words}${consent.required ? html` <span class="required" aria-hidden="true">*</span>` : nothing}</span></label>${error === undefined ? nothing : html`<span class="error">${error}</span>`}</p>`;
}

export interface Thanks {
  readonly form: PublicForm;
  /** Address of the file on offer; null: none, or not yet. */
  readonly file: { readonly name: string; readonly address: string } | null;
  readonly test: boolean;
}

/** What follows a submission, the same whoever it is about and whatever became of it (R47). */
export const thanksText = (form: PublicForm): string => {
  const { locale, thanks, doubleOptIn } = form.definition;
  const confirm = doubleOptIn ? say(locale, 'visitor.confirmMail') : '';
  const words = thanks === '' ? say(locale, 'visitor.thanks') : thanks;
  return confirm === '' ? words : `${words}\n\n${confirm}`;
};

export function thanksPage({ form, file, test }: Thanks): Html {
  const { locale } = form.definition;
  return page({
    locale,
    title: form.definition.title === '' ? form.name : form.definition.title,
    body: html`${test ? html`<p class="note" role="status">${say(locale, 'visitor.test')}</p>` : nothing}
<div role="status">${paragraphs(thanksText(form))}</div>
${file === null ? nothing : html`<p><a class="button" href="${file.address}">${say(locale, 'visitor.download', { name: file.name })}</a></p>`}`,
  });
}

/** A short page that says one thing. */
export const messagePage = (locale: Locale, title: string, text: string): Html =>
  page({ locale, title, body: html`<h1>${title}</h1>${paragraphs(text)}` });

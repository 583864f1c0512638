import { html } from 'hono/html';
import type { PersonExport } from '../hub/privacy/export-person.ts';
import { type Locale, say } from './messages/say.ts';

const shown = (value: unknown): string =>
  value === null ? '–' : typeof value === 'object' ? JSON.stringify(value, null, 1) : String(value);

/** A person's export as a page that stands by itself: no script, nothing fetched, every value escaped. */
export async function personPage(
  person: PersonExport,
  options: { readonly locale: Locale; readonly at: number; readonly address: string },
): Promise<string> {
  const { locale, address } = options;
  const at = new Date(options.at).toISOString();
  const title = say(locale, 'privacy.title', { email: person.emails[0] ?? person.contactId });
  // The person first, then what hangs on them; empty tables say nothing to a reader.
  const filled = person.places.filter((place) => place.rows.length > 0);
  const inOrder = [
    ...filled.filter((place) => place.table === 'contacts'),
    ...filled.filter((place) => place.table !== 'contacts'),
  ];
  const sections = inOrder.map(
    (place) => html`<h2>${place.table}</h2>
      <p>${place.holds}</p>
      ${place.rows.map(
        (row) => html`<table>
                ${Object.entries(row).map(([key, value]) => html`<tr><th>${key}</th><td>${shown(value)}</td></tr>`)}
              </table>`,
      )}`,
  );
  return String(
    await html`<!doctype html>
      <html lang="${locale}">
        <head>
          <meta charset="utf-8" />
          <title>${title}</title>
          <style>
            body { font: 15px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
            table { border-collapse: collapse; margin: 0 0 1rem; width: 100%; }
            th, td { border: 1px solid #ccc; padding: 0.3rem 0.5rem; text-align: left; vertical-align: top; overflow-wrap: anywhere; white-space: pre-wrap; }
            th { width: 14rem; background: #f5f5f5; }
          </style>
        </head>
        <body>
          <h1>${title}</h1>
          <p>${say(locale, 'privacy.made', { at, address })}</p>
          ${sections}
        </body>
      </html>`,
  );
}

import { html } from 'hono/html';
import type { PublicForm } from '../../hub/forms/public-form.ts';
import type { QueuedMail } from '../../store/outbox.ts';
import type { Locale } from '../messages/say.ts';
import { say } from '../messages/say.ts';

/** The mail of double opt-in: a link to a page with a button; opening it alone does nothing. */
export async function confirmationMail(input: {
  readonly id: string;
  readonly form: PublicForm;
  readonly recipient: string;
  readonly address: string;
  readonly test: boolean;
}): Promise<QueuedMail> {
  const { form, address } = input;
  const locale: Locale = form.definition.locale;
  const name = form.definition.title === '' ? form.name : form.definition.title;
  // A header of one line, whatever somebody called the form.
  const subject = say(locale, input.test ? 'visitor.mail.testSubject' : 'visitor.mail.subject', {
    form: name.replace(/\s+/gu, ' '),
  });
  const text = say(locale, 'visitor.mail.text', { form: name, address });
  const [before = '', after = ''] = say(locale, 'visitor.mail.text', { form: name, address: '\n\n\u0000\n\n' }).split(
    '\u0000',
  );
  const lines = (part: string) =>
    part
      .split(/\n{2,}/u)
      .filter((line) => line.trim() !== '')
      .map((line) => html`<p>${line.trim()}</p>`);
  const body =
    await html`<!doctype html><html lang="${locale}"><body style="font:16px/1.5 sans-serif;color:#1c1b22;max-width:34rem">
${lines(before)}<p><a href="${address}" style="display:inline-block;background:#b52d67;color:#fff;padding:12px 24px;border-radius:8px;text-decoration:none">${say(locale, 'visitor.mail.button')}</a></p>
<p style="color:#5c5a66;font-size:14px">${address}</p>${lines(after)}</body></html>`;
  return { id: input.id, kind: 'form-confirmation', recipient: input.recipient, subject, html: String(body), text };
}

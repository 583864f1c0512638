import type { Context } from 'hono';
import { html, raw } from 'hono/html';
import type { HtmlEscapedString } from 'hono/utils/html';
import type { Variables } from '../register.ts';

export type Html = HtmlEscapedString | Promise<HtmlEscapedString>;
export type PublicContext = Context<{ Variables: Variables }>;

/** A page that visitors see: complete without JavaScript, and without any. Every value in it is escaped by `html`. */
export const page = (options: {
  readonly locale: string;
  readonly title: string;
  readonly body: Html;
  readonly base?: string;
}) =>
  html`<!doctype html>
<html lang="${options.locale}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="robots" content="noindex">
<title>${options.title}</title>
<link rel="stylesheet" href="${options.base ?? ''}/f/style.css">
</head>
<body><main>${options.body}</main></body>
</html>`;

export interface PageOptions {
  readonly status?: number;
  /** Addresses that may show the page in a frame. */
  readonly frames?: readonly string[];
  /** Where a form of the page may lead after our own answer (browsers hold a redirect against it, too). */
  readonly leadsTo?: readonly string[];
}

/** No script, no foreign style, no frame but where it is wanted; never kept by anybody between. */
export async function sendPage(c: PublicContext, content: Html, options: PageOptions = {}): Promise<Response> {
  const csp = [
    "default-src 'none'",
    "style-src 'self'",
    "img-src 'self'",
    `form-action ${["'self'", ...(options.leadsTo ?? [])].join(' ')}`,
    "base-uri 'none'",
    `frame-ancestors ${["'self'", ...(options.frames ?? [])].join(' ')}`,
  ].join('; ');
  return new Response(String(await content), {
    status: options.status ?? 200,
    headers: {
      ...Object.fromEntries(c.res.headers),
      'content-type': 'text/html; charset=utf-8',
      'cache-control': 'no-store',
      'content-security-policy': csp,
    },
  });
}

/** Paragraphs of a text that somebody typed: blank lines part them. */
export const paragraphs = (text: string): Html =>
  html`${text
    .split(/\n\s*\n/u)
    .map((part) => part.trim())
    .filter((part) => part !== '')
    .map((part) => html`<p>${part}</p>`)}`;

export const nothing = raw('');

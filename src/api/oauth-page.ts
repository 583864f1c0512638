import { type Locale, say } from './messages/say.ts';

export interface OAuthPage {
  readonly locale: Locale;
  readonly good: boolean;
  readonly title: string;
  /** Sentences, a paragraph each. */
  readonly text: readonly string[];
  readonly links: readonly { readonly href: string; readonly label: string }[];
}

const STYLE = `
:root{color-scheme:light dark}
body{margin:0;min-height:100vh;display:grid;place-items:center;font:16px/1.55 Inter,system-ui,-apple-system,"Segoe UI",Roboto,sans-serif;background:light-dark(#f8f9fa,#1f1f1f);color:light-dark(#212529,#e9ecef)}
main{max-width:34rem;margin:1.5rem;padding:2rem;border-radius:12px;background:light-dark(#fff,#2a2a2a);border:1px solid light-dark(#dee2e6,#424242)}
h1{font-size:1.3rem;line-height:1.3;margin:0 0 .75rem}
h1::before{content:"";display:inline-block;width:.75rem;height:.75rem;border-radius:50%;margin-right:.6rem;background:#fa5252}
main.good h1::before{background:#40c057}
p{margin:0 0 .75rem}
nav{display:flex;flex-wrap:wrap;gap:.6rem;margin-top:1.25rem}
a{padding:.55rem 1rem;border-radius:8px;text-decoration:none;font-weight:600;color:light-dark(#b52d67,#f798bd);border:1px solid currentColor}
a:first-child{background:light-dark(#cb3674,#e6488a);color:#fff;border-color:transparent}`;

const escape = (text: string): string => text.replace(/[&<>"']/g, (char) => `&#${char.charCodeAt(0)};`);

/** The page on which a person arrives from the vendor: plain HTML, so that it also works for somebody who is signed out. */
export const oauthPage = (page: OAuthPage): string => `<!doctype html>
<html lang="${page.locale}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer"><link rel="icon" href="/light-${page.good ? 'green' : 'red'}.svg" type="image/svg+xml"><title>${escape(page.title)} · Tandem</title><style>${STYLE}</style></head>
<body><main${page.good ? ' class="good"' : ''}><h1>${escape(page.title)}</h1>
${page.text.map((line) => `<p>${escape(line)}</p>`).join('\n')}
<nav aria-label="${escape(say(page.locale, 'oauth.nav'))}">${page.links
  .map(({ href, label }) => `<a href="${escape(href)}">${escape(label)}</a>`)
  .join('')}</nav></main></body></html>`;

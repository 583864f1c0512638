import { type Html, html, webAddress } from './html.ts';

export type Tone = 'plain' | 'good' | 'attention' | 'bad';

/** What a mail says, top to bottom. Both bodies are made from it, so that neither says more than the other. */
export type Block =
  | { readonly kind: 'text'; readonly text: string }
  /** A line of figures, each a link to what it counts. */
  | { readonly kind: 'figures'; readonly title: string; readonly figures: readonly Figure[]; readonly note?: string }
  /** Something that somebody has to do, and what. */
  | { readonly kind: 'task'; readonly text: string; readonly todo: string }
  | { readonly kind: 'button' | 'link'; readonly label: string; readonly url: string }
  | { readonly kind: 'small'; readonly text: string }
  | { readonly kind: 'divider' };

export interface Figure {
  readonly value: string;
  readonly label: string;
  readonly url: string;
  readonly tone: Tone;
}

export interface Message {
  readonly locale: 'en' | 'fr';
  readonly heading: string;
  readonly blocks: readonly Block[];
  /** Why the reader gets this mail, and where that is changed. */
  readonly footer: { readonly text: string; readonly url: string };
}

/** Both bodies of a mail: HTML for any reader (tables, styles on elements, light and dark), and text. */
export function renderMessage(message: Message): { readonly html: string; readonly text: string } {
  return { html: asHtml(message), text: asText(message) };
}

function asText({ heading, blocks, footer }: Message): string {
  return `${[heading, ...blocks.map(blockText), `-- \n${footer.text}\n${webAddress(footer.url)}`].join('\n\n')}\n`;
}

function blockText(block: Block): string {
  switch (block.kind) {
    case 'figures':
      return [
        block.title,
        ...block.figures.map(({ value, label, url }) => `  ${value} ${label}: ${webAddress(url)}`),
        ...(block.note === undefined ? [] : [`  ${block.note}`]),
      ].join('\n');
    case 'task':
      return [`* ${block.text}`, ...(block.todo === '' ? [] : [`  ${block.todo}`])].join('\n');
    case 'button':
    case 'link':
      return `${block.label}: ${webAddress(block.url)}`;
    case 'divider':
      return '-'.repeat(40);
    case 'text':
    case 'small':
      return block.text;
  }
}

/** Named, so that the dark half below can turn each around. Contrast at least 4.5:1 on both grounds. */
const COLOUR: Readonly<Record<Tone, string>> = {
  plain: '#1f2430',
  good: '#14705a',
  attention: '#9a4a00',
  bad: '#b3261e',
};

const FONT = "-apple-system, BlinkMacSystemFont, 'Segoe UI', Roboto, Helvetica, Arial, sans-serif";

/** Readers that know `prefers-color-scheme` (Apple Mail, Thunderbird, newer Outlooks) get a dark mail at night. */
const STYLE: Html = html`
  :root { color-scheme: light dark; supported-color-schemes: light dark; }
  @media (prefers-color-scheme: dark) {
    .page { background: #15171c !important; }
    .card { background: #1f2229 !important; border-color: #343945 !important; }
    .line { border-color: #343945 !important; }
    .ink { color: #e8eaf0 !important; }
    .soft { color: #a7aebd !important; }
    .good { color: #63d3b4 !important; }
    .attention { color: #ffb26b !important; }
    .bad { color: #ff8f86 !important; }
    .task { background: #2a2620 !important; border-color: #ffb26b !important; }
  }
  @media (max-width: 480px) { .card { padding: 20px 16px !important; } .figure { display: block !important; padding: 4px 0 !important; } }
`;

const asHtml = ({ locale, heading, blocks, footer }: Message): string =>
  html`<!doctype html>
<html lang="${locale}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${heading}</title>
<style>${STYLE}</style>
</head>
<body class="page" style="margin:0;padding:0;background:#f4f5f8;">
<table role="presentation" width="100%" cellpadding="0" cellspacing="0" border="0" class="page" style="background:#f4f5f8;">
<tr><td align="center" style="padding:24px 12px;">
<table role="presentation" width="100%" cellpadding="0" cellspacing="0" border="0" style="max-width:560px;">
<tr><td class="card" style="background:#ffffff;border:1px solid #e1e4ea;border-radius:10px;padding:28px;font-family:${FONT};">
<p class="soft" style="margin:0 0 12px;font-size:13px;line-height:18px;letter-spacing:.02em;color:#5d6575;">Tandem</p>
<h1 class="ink" style="margin:0 0 16px;font-size:20px;line-height:28px;font-weight:600;color:#1f2430;">${heading}</h1>
${blocks.map(blockHtml)}
</td></tr>
<tr><td style="padding:16px 4px 0;font-family:${FONT};">
<p class="soft" style="margin:0;font-size:12px;line-height:18px;color:#5d6575;">${footer.text} <a class="soft" href="${webAddress(footer.url)}" style="color:#5d6575;">${webAddress(footer.url)}</a></p>
</td></tr>
</table>
</td></tr>
</table>
</body>
</html>
`.toString();

function blockHtml(block: Block): Html {
  switch (block.kind) {
    case 'text':
      return html`<p class="ink" style="margin:0 0 16px;font-size:15px;line-height:23px;color:#1f2430;">${block.text}</p>\n`;
    case 'divider':
      return html`<hr class="line" style="margin:24px 0;border:0;border-top:1px solid #e1e4ea;">\n`;
    case 'small':
      return html`<p class="soft" style="margin:0 0 12px;font-size:13px;line-height:19px;color:#5d6575;">${block.text}</p>\n`;
    case 'figures':
      return html`<p class="soft" style="margin:0 0 4px;font-size:13px;line-height:18px;color:#5d6575;">${block.title}</p>
<p style="margin:0 0 16px;font-size:16px;line-height:26px;">${block.figures.map(figureHtml)}${
        block.note === undefined
          ? ''
          : html`<span class="soft" style="display:block;font-size:13px;line-height:19px;color:#5d6575;">${block.note}</span>`
      }</p>\n`;
    case 'task':
      return html`<div class="task" style="margin:0 0 12px;padding:10px 14px;background:#fff6ec;border-left:3px solid #d9822b;border-radius:4px;">
<p class="ink" style="margin:0;font-size:15px;line-height:22px;color:#1f2430;">${block.text}</p>${
        block.todo === ''
          ? ''
          : html`<p class="soft" style="margin:2px 0 0;font-size:14px;line-height:20px;color:#5d6575;">${block.todo}</p>`
      }</div>\n`;
    case 'link':
      return html`<p style="margin:0 0 16px;font-size:15px;line-height:23px;"><a class="ink" href="${webAddress(block.url)}" style="color:#1f2430;">${block.label}</a></p>\n`;
    case 'button':
      return html`<p style="margin:20px 0 16px;"><a href="${webAddress(block.url)}" style="display:inline-block;padding:11px 20px;border-radius:6px;background:#14705a;color:#ffffff;font-size:15px;line-height:20px;font-weight:600;text-decoration:none;">${block.label}</a></p>\n`;
  }
}

const figureHtml = ({ value, label, url, tone }: Figure): Html =>
  html`<a class="figure ${tone === 'plain' ? 'ink' : tone}" href="${webAddress(url)}" style="display:inline-block;padding-right:18px;color:${COLOUR[tone]};text-decoration:underline;"><b>${value}</b> ${label}</a> `;

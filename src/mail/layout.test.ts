import { expect, test } from 'vitest';
import { fc } from '../../test/support/properties.ts';
import { html, webAddress } from './html.ts';
import { type Message, renderMessage } from './layout.ts';

const message = (value: string): Message => ({
  locale: 'en',
  heading: value,
  blocks: [
    { kind: 'text', text: value },
    {
      kind: 'figures',
      title: value,
      figures: [
        { value, label: value, url: `https://tandem.example.com/?q=${encodeURIComponent(value)}`, tone: 'good' },
      ],
      note: value,
    },
    { kind: 'task', text: value, todo: `${value}.` },
    { kind: 'button', label: value, url: 'https://tandem.example.com/' },
    { kind: 'small', text: value },
  ],
  footer: { text: value, url: 'https://tandem.example.com/crm' },
});

const count = (text: string, sign: string): number => text.split(sign).length - 1;

test('no value becomes markup: whatever it is, the mail has the same tags and attributes', () => {
  const plain = renderMessage(message('x')).html;
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string({ unit: 'grapheme' }),
        fc.constantFrom('</title><script>', '" onclick="x', "' x='", '&lt;', '<!--'),
      ),
      (value) => {
        const { html: rendered } = renderMessage(message(`a${value.toWellFormed()}`));
        for (const sign of ['<', '>', '"', "'"]) expect(count(rendered, sign)).toBe(count(plain, sign));
      },
    ),
  );
  expect(html`<p title="${'"><b>'}">${'<i>&'}</p>`.toString()).toBe(
    '<p title="&#34;&#62;&#60;b&#62;">&#60;i&#62;&#38;</p>',
  );
});

test('a link leads to a web address, never to a script', () => {
  for (const url of ['javascript:alert(1)', 'data:text/html,x', 'vbscript:x', 'file:///etc/passwd'])
    expect(() => webAddress(url)).toThrow('not an address');
  expect(webAddress('https://tandem.example.com/crm?run="x"&a=b')).toBe(
    'https://tandem.example.com/crm?run=%22x%22&a=b',
  );
});

test('the text says what the HTML says: every figure with its address, every task with what to do', () => {
  const { text, html: rendered } = renderMessage({
    locale: 'fr',
    heading: 'HubSpot → Tandem',
    blocks: [
      {
        kind: 'figures',
        title: 'Hier',
        figures: [{ value: '12', label: 'créés', url: 'https://t.example.com/a?b=1&c=2', tone: 'plain' }],
      },
      { kind: 'task', text: 'Rita n’a pas de société.', todo: 'Remplissez-la.' },
      { kind: 'button', label: 'Ouvrir', url: 'https://t.example.com/fix' },
    ],
    footer: { text: 'Réglé dans Configuration.', url: 'https://t.example.com/c' },
  });
  expect(text).toBe(
    [
      'HubSpot → Tandem',
      '',
      'Hier',
      '  12 créés: https://t.example.com/a?b=1&c=2',
      '',
      '* Rita n’a pas de société.',
      '  Remplissez-la.',
      '',
      'Ouvrir: https://t.example.com/fix',
      '',
      '-- ',
      'Réglé dans Configuration.',
      'https://t.example.com/c',
      '',
    ].join('\n'),
  );
  expect(rendered).toContain('lang="fr"');
  expect(rendered).toContain('href="https://t.example.com/a?b=1&#38;c=2"');
  expect(rendered).not.toMatch(/<img|<script|<link|url\(/);
});

import { createElement } from 'react';
import { renderToStaticMarkup } from 'react-dom/server';
import { describe, expect, test } from 'vitest';
import { Markdown } from './markdown.tsx';

const html = (text: string): string => renderToStaticMarkup(createElement(Markdown, { text }));

describe('a text in Markdown', () => {
  test('becomes headings, lists, tables, code and links', () => {
    const shown = html(
      '# One\n\nA *word* in **bold**, `code`.\n\n1. first\n2. second\n   - inner\n\n| A | B |\n| --- | --- |\n| 1 | `2` |\n\n[there](https://example.com/x)\n',
    );
    for (const part of [
      '<h2>One</h2>',
      '<em>word</em>',
      '<strong>bold</strong>',
      '<code>code</code>',
      '<ol><li>',
      '<ul><li>',
      '<th scope="col">A</th>',
      '<td><code>2</code></td>',
      '<a href="https://example.com/x" target="_blank" rel="noreferrer">there</a>',
    ])
      expect(shown).toContain(part);
  });
  test('never becomes HTML, script or a link to anything but the web', () => {
    const shown = html(
      [
        '<img src=x onerror="alert(1)">',
        'text <b onclick="alert(1)">bold</b> <script>alert(1)</script>',
        '[a](javascript:alert(1)) [b](data:text/html,x) [c](JaVaScRiPt:alert(1)) [d](/settings) [e](http://example.com)',
        '![i](https://example.com/pixel.png)',
        '<javascript:alert(1)>',
      ].join('\n\n'),
    );
    expect(shown).not.toMatch(/<(img|b|script|svg|iframe)\b/i);
    expect(shown).not.toMatch(/href=/);
    expect(shown).toContain('&lt;script&gt;');
  });
});

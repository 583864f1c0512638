import { lexer, type Token, type Tokens } from 'marked';
import type { ReactNode } from 'react';

/**
 * A text in Markdown as React elements: headings, paragraphs, lists, tables, quotes, code, links, emphasis. What is anything else
 * (HTML above all) is shown as the text that it is; nothing is ever set as HTML.
 */
export const Markdown = ({ text, label }: { readonly text: string; readonly label?: string }) => (
  <div className="markdown" {...(label === undefined ? {} : { role: 'document', 'aria-label': label })}>
    {blocks(lexer(text))}
  </div>
);

const blocks = (tokens: readonly Token[]): ReactNode[] => tokens.map((token, index) => block(token, index));

/** `marked` types its tokens by their `type`, but leaves the union open: each case names what it is. */
function block(token: Token, key: number): ReactNode {
  switch (token.type) {
    case 'heading': {
      const { depth, tokens } = token as Tokens.Heading;
      // The page has its title already.
      const Tag = depth <= 1 ? 'h2' : depth === 2 ? 'h3' : 'h4';
      return <Tag key={key}>{inlines(tokens)}</Tag>;
    }
    case 'paragraph':
      return <p key={key}>{inlines((token as Tokens.Paragraph).tokens)}</p>;
    case 'list': {
      const { ordered, items } = token as Tokens.List;
      const Tag = ordered ? 'ol' : 'ul';
      return (
        <Tag key={key}>
          {items.map((item, index) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: a text does not change its order
            <li key={index}>{blocks(item.tokens)}</li>
          ))}
        </Tag>
      );
    }
    case 'table':
      return <Table key={key} table={token as Tokens.Table} />;
    case 'blockquote':
      return <blockquote key={key}>{blocks((token as Tokens.Blockquote).tokens)}</blockquote>;
    case 'code':
      return (
        <pre key={key}>
          <code>{(token as Tokens.Code).text}</code>
        </pre>
      );
    case 'hr':
      return <hr key={key} />;
    case 'space':
      return null;
    // The text of a list's item.
    case 'text': {
      const { tokens, text } = token as Tokens.Text;
      return <span key={key}>{tokens === undefined ? text : inlines(tokens)}</span>;
    }
    default:
      return <p key={key}>{token.raw}</p>;
  }
}

function Table({ table }: { readonly table: Tokens.Table }) {
  return (
    <div className="table-wrap">
      <table>
        <thead>
          <tr>
            {table.header.map((cell) => (
              <th key={cell.text} scope="col">
                {inlines(cell.tokens)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {table.rows.map((row) => (
            <tr key={row.map((cell) => cell.text).join('|')}>
              {row.map((cell, index) => (
                <td key={`${index}${cell.text}`}>{inlines(cell.tokens)}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

const inlines = (tokens: readonly Token[] | undefined): ReactNode[] =>
  (tokens ?? []).map((token, index) => inline(token, index));

function inline(token: Token, key: number): ReactNode {
  switch (token.type) {
    case 'strong':
      return <strong key={key}>{inlines((token as Tokens.Strong).tokens)}</strong>;
    case 'em':
      return <em key={key}>{inlines((token as Tokens.Em).tokens)}</em>;
    case 'codespan':
      return <code key={key}>{(token as Tokens.Codespan).text}</code>;
    case 'br':
      return <br key={key} />;
    case 'link': {
      const { href, tokens } = token as Tokens.Link;
      // Nothing but the web: no script, no file, no place of this product.
      if (!href.startsWith('https://')) return <span key={key}>{inlines(tokens)}</span>;
      return (
        <a key={key} href={href} target="_blank" rel="noreferrer">
          {inlines(tokens)}
        </a>
      );
    }
    case 'escape':
      return (token as Tokens.Escape).text;
    case 'text': {
      const { tokens, text } = token as Tokens.Text;
      return tokens === undefined ? text : <span key={key}>{inlines(tokens)}</span>;
    }
    default:
      return token.raw;
  }
}

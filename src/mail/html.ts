/** Text that is HTML. Only `html` below makes it, so whatever stands in one was escaped. */
export class Html {
  readonly #text: string;
  private constructor(text: string) {
    this.#text = text;
  }

  static of(strings: TemplateStringsArray, values: readonly HtmlValue[]): Html {
    let text = strings[0] ?? '';
    values.forEach((value, index) => {
      text += Html.#escaped(value) + (strings[index + 1] ?? '');
    });
    return new Html(text);
  }

  static #escaped(value: HtmlValue): string {
    if (value instanceof Html) return value.#text;
    if (Array.isArray(value)) return value.map((one: Html) => one.#text).join('');
    return String(value).replace(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`);
  }

  toString(): string {
    return this.#text;
  }
}

export type HtmlValue = string | number | Html | readonly Html[];

/** A template whose values are escaped, in text and in quoted attributes alike; other HTML and lists of it go in as they are. */
export const html = (strings: TemplateStringsArray, ...values: readonly HtmlValue[]): Html => Html.of(strings, values);

/** An address for a link: http and https only, so that no value becomes a script. @throws Error on anything else. */
export function webAddress(url: string): string {
  const parsed = new URL(url);
  if (parsed.protocol !== 'https:' && parsed.protocol !== 'http:')
    throw new Error(`not an address for a mail: ${parsed.protocol}`);
  return parsed.href;
}

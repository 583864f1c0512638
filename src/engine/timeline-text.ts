/** An entry as people read it in the CRM, in the language of the instance. */
export interface EntryWords {
  readonly type: string;
  readonly at: number;
  /** The form's name or the file's. */
  readonly name: string;
  /** Where it happened; null: not known. */
  readonly page: string | null;
  /** The person's page here. */
  readonly url: string;
}

const WORDS = {
  en: {
    form: 'Form: {name}',
    download: 'Download: {name}',
    formText: 'Sent the form “{name}” on {when}.',
    downloadText: 'Downloaded “{name}” on {when}.',
    page: 'Page: {page}',
    more: 'Everything this person did: {url}',
    unnamed: 'without a name',
  },
  fr: {
    form: 'Formulaire : {name}',
    download: 'Téléchargement : {name}',
    formText: 'A envoyé le formulaire « {name} » le {when}.',
    downloadText: 'A téléchargé « {name} » le {when}.',
    page: 'Page : {page}',
    more: 'Tout ce que cette personne a fait : {url}',
    unnamed: 'sans nom',
  },
} as const;

const TITLE_MAX = 120;

/** No value that was entered stands in it: those go by the mapping, or not at all (decision 24). */
export function timelineText(
  entry: EntryWords,
  { locale, timeZone }: { readonly locale: 'en' | 'fr'; readonly timeZone: string },
): { readonly title: string; readonly text: string } {
  const words = WORDS[locale];
  const format = new Intl.DateTimeFormat(locale === 'fr' ? 'fr-FR' : 'en-GB', {
    dateStyle: 'long',
    timeStyle: 'short',
    timeZone,
  });
  const values = {
    name: entry.name === '' ? words.unnamed : entry.name.slice(0, 200),
    when: `${format.format(entry.at)} (${timeZone})`,
    page: entry.page ?? '',
    url: entry.url,
  };
  const fill = (text: string): string =>
    text.replace(/\{(name|when|page|url)\}/g, (_all, key: keyof typeof values) => values[key].replace(/\s+/g, ' '));
  const isForm = entry.type === 'form';
  const lines = [
    fill(isForm ? words.formText : words.downloadText),
    ...(entry.page === null ? [] : [fill(words.page)]),
    fill(words.more),
  ];
  return { title: fill(isForm ? words.form : words.download).slice(0, TITLE_MAX), text: lines.join('\n') };
}

import type { Locale } from './say.ts';

/** What was not found, as `NotFound` names it, in a sentence's words. */
const EN = {
  contact: 'contact',
  user: 'person',
  submission: 'submission',
  'list value': 'list value',
  form: 'form',
  field: 'field',
  webhook: 'webhook',
  session: 'session',
  segment: 'segment',
  'merge proposal': 'merge proposal',
  list: 'list',
  'consent text': 'consent text',
  comparison: 'comparison',
  'score rule': 'score rule',
  'schema change': 'change of a field',
  run: 'run',
  report: 'report',
  rejection: 'rejection',
  record: 'record',
  mail: 'mail',
  link: 'link',
  line: 'line',
  invitation: 'invitation',
  import: 'import',
  file: 'file',
  'emulated CRM': 'emulated CRM',
  delivery: 'delivery',
  deletion: 'deletion',
  'bulk change': 'change of many contacts',
  crm: 'CRM',
  connection: 'connection',
  conflict: 'conflict',
  'api key': 'API key',
  'access request': 'request for access',
} as const;

const FR: Readonly<Record<keyof typeof EN, string>> = {
  contact: 'ce contact',
  user: 'cette personne',
  submission: 'cet envoi',
  'list value': 'cette valeur de liste',
  form: 'ce formulaire',
  field: 'ce champ',
  webhook: 'ce webhook',
  session: 'cette session',
  segment: 'ce segment',
  'merge proposal': 'cette proposition de fusion',
  list: 'cette liste',
  'consent text': 'ce texte de consentement',
  comparison: 'cette comparaison',
  'score rule': 'cette règle de score',
  'schema change': 'ce changement de champ',
  run: 'cette synchronisation',
  report: 'ce rapport',
  rejection: 'ce rejet',
  record: 'cette fiche',
  mail: 'ce courriel',
  link: 'ce lien',
  line: 'cette ligne',
  invitation: 'cette invitation',
  import: 'cet import',
  file: 'ce fichier',
  'emulated CRM': 'ce CRM émulé',
  delivery: 'cette livraison',
  deletion: 'cette suppression',
  'bulk change': 'cette modification de plusieurs contacts',
  crm: 'ce CRM',
  connection: 'cette connexion',
  conflict: 'ce conflit',
  'api key': 'cette clé d’API',
  'access request': 'cette demande d’accès',
};

const isThing = (what: string): what is keyof typeof EN => Object.hasOwn(EN, what);

/** The thing in the reader's language; a name that somebody gave (`CRM "x"`) stays as it is. */
export function thing(locale: Locale, what: string): string {
  if (!isThing(what)) return what;
  return locale === 'fr' ? FR[what] : EN[what];
}

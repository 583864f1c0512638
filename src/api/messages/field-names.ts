/** Fields of the hub that no form asks for (the others: `visitor.field.…`), as people call them. */
export const fieldNamesEn = {
  'field.status': 'Status',
  'field.source': 'Source',
  'field.medium': 'Medium',
  'field.last_source': 'Last source',
  'field.last_medium': 'Last medium',
  'field.origin': 'Origin in the CRM',
  'field.consent': 'Consent',
  'field.opt_out': 'Opted out',
  'field.notes': 'Notes',
  'field.score': 'Score',
  'field.url': 'Address of this page',
} as const;

export const fieldNamesFr: Readonly<Record<keyof typeof fieldNamesEn, string>> = {
  'field.status': 'Statut',
  'field.source': 'Source',
  'field.medium': 'Medium',
  'field.last_source': 'Dernière source',
  'field.last_medium': 'Dernier medium',
  'field.origin': 'Origine dans le CRM',
  'field.consent': 'Consentement',
  'field.opt_out': 'Désinscrit',
  'field.notes': 'Notes',
  'field.score': 'Score',
  'field.url': 'Adresse de cette page',
};

import type { Texts } from '../texts.ts';

/** *Paste anything*. */
export const pasteEn = {
  label: 'Paste anything: a CRM link, an e-mail address, an id',
  placeholder: 'Paste a CRM link, an e-mail, an id …',
  help: 'A link to a record in a CRM, an e-mail address, the id of a contact or of a synchronisation: leads to its page. Anything else is searched among the contacts.',
  notIn: '{{name}} is in the CRM, and no contact here.',
} as const;

export const pasteFr: Texts<typeof pasteEn> = {
  label: 'Collez n’importe quoi : un lien du CRM, une adresse e-mail, un identifiant',
  placeholder: 'Collez un lien du CRM, un e-mail, un id …',
  help: 'Un lien vers une fiche du CRM, une adresse e-mail, l’identifiant d’un contact ou d’une synchronisation : mène à sa page. Tout le reste est cherché parmi les contacts.',
  notIn: '{{name}} est dans le CRM, et n’est pas un contact ici.',
};

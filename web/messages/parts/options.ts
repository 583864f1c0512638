import type { Texts } from '../texts.ts';

/** What else a connection can be told about its CRM. */
export const optionsEn = {
  title: 'Options for {{crm}}',
  text: 'Most accounts need none of them. What is left empty is decided by Tandem.',
  asks: 'One of them is a question that only you can answer; before that nobody is sent to the CRM.',
  choose: 'Choose one',
  fixed: 'People have been read by this choice: for another one, make a new connection.',
  save: 'Save the options',
  saved: 'The options are saved.',
};

export const optionsFr: Texts<typeof optionsEn> = {
  title: 'Options pour {{crm}}',
  text: 'La plupart des comptes n’en ont besoin d’aucune. Ce qui reste vide est décidé par Tandem.',
  asks: 'L’une est une question à laquelle vous seul pouvez répondre ; avant cela, personne n’est envoyé au CRM.',
  choose: 'À choisir',
  fixed: 'Des personnes ont été lues selon ce choix : pour un autre, créez une nouvelle connexion.',
  save: 'Enregistrer les options',
  saved: 'Les options sont enregistrées.',
};

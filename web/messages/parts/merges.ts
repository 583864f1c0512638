import type { Texts } from '../texts.ts';

/** Two contacts that seem to be one person. */
export const mergesEn = {
  title: 'One person? {{one}} and {{other}}',
  why: {
    records_merged: '{{connection}} has made their two records one.',
    converted: 'In {{connection}}, the lead of one was converted into the contact of the other.',
    both_addresses: 'One record in {{connection}} has the addresses of both.',
    address_taken: 'In {{connection}}, the record of one has the address of the other.',
  },
  someCrm: 'A CRM',
  openRecord: 'The record in {{crm}}',
  whoStays: 'Who stays?',
  stays: 'stays',
  keep: 'Keep {{email}}',
  takes: 'comes along',
  drops: 'gives way to “{{value}}”',
  address: 'Address',
  further: 'still leads here',
  afterwards:
    'Visits, forms, consents and records come along too. What gives way stays in the history of the one that is kept.',
  merge: 'Merge, keep {{email}}',
  merged: 'The two are one.',
  decline: 'They are two people',
  declined: 'Noted: they are two people, and nobody will ask again.',
  inNoCrm: 'in no CRM',
  score: 'score {{score}}',
  other: 'Open {{name}}',
};

export const mergesFr: Texts<typeof mergesEn> = {
  title: 'La même personne ? {{one}} et {{other}}',
  why: {
    records_merged: '{{connection}} a fusionné leurs deux fiches.',
    converted: 'Dans {{connection}}, le lead de l’un a été converti en le contact de l’autre.',
    both_addresses: 'Une fiche de {{connection}} porte les adresses des deux.',
    address_taken: 'Dans {{connection}}, la fiche de l’un porte l’adresse de l’autre.',
  },
  someCrm: 'Un CRM',
  openRecord: 'La fiche dans {{crm}}',
  whoStays: 'Qui reste ?',
  stays: 'reste',
  keep: 'Garder {{email}}',
  takes: 'est repris',
  drops: 'cède la place à « {{value}} »',
  address: 'Adresse',
  further: 'mène toujours ici',
  afterwards:
    'Visites, formulaires, consentements et fiches suivent aussi. Ce qui cède la place reste dans l’historique du contact gardé.',
  merge: 'Fusionner, garder {{email}}',
  merged: 'Les deux ne font plus qu’un.',
  decline: 'Ce sont deux personnes',
  declined: 'C’est noté : ce sont deux personnes, la question ne sera plus posée.',
  inNoCrm: 'dans aucun CRM',
  score: 'score {{score}}',
  other: 'Ouvrir {{name}}',
};

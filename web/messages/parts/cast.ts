import type { Texts } from '../texts.ts';

/** The demo's twelve people to break things with; the names are theirs in every language. */
export const castEn = {
  title: 'The cast of the difficult',
  intro: 'Twelve people to whom something really happened in this demo. Each page tells what and why.',
  theo: 'HubSpot answers each write of his with 429 first.',
  vera: 'Deleted in Salesforce.',
  max: 'Two records that were merged in Salesforce.',
  lena: 'Converted in Salesforce.',
  olga: 'Opted out, and a rep said otherwise.',
  rita: 'Has no company, which Salesforce demands.',
  noah: 'Has no e-mail address.',
  paul: 'His job title is not in HubSpot’s list.',
  tina: 'Twice in Salesforce with one address.',
  asa: 'Every letter as it was.',
  laura: 'Her city is too long for Salesforce.',
  conrad: 'Changed on both sides.',
} as const;

export const castFr: Texts<typeof castEn> = {
  title: 'La troupe des cas difficiles',
  intro:
    'Douze personnes à qui il est vraiment arrivé quelque chose dans cette démo. Chaque page dit quoi et pourquoi.',
  theo: 'HubSpot répond d’abord 429 à chacune de ses écritures.',
  vera: 'Supprimée dans Salesforce.',
  max: 'Deux fiches fusionnées dans Salesforce.',
  lena: 'Convertie dans Salesforce.',
  olga: 'Désinscrite, et un commercial a dit le contraire.',
  rita: 'Sans société, que Salesforce exige.',
  noah: 'Sans adresse e-mail.',
  paul: 'Sa fonction n’est pas dans la liste de HubSpot.',
  tina: 'Deux fois dans Salesforce, une seule adresse.',
  asa: 'Chaque lettre telle quelle.',
  laura: 'Sa ville est trop longue pour Salesforce.',
  conrad: 'Changé des deux côtés.',
};

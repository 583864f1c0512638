import type { Texts } from '../texts.ts';

/** What the last check of a connection found, and until when its credentials hold. */
export const preflightEn = {
  title: 'Check',
  found_zero: 'Nothing to mend',
  found_one: 'One thing to look at',
  found_other: '{{count}} things to look at',
  seen: 'checked {{when}}',
  never: 'never checked',
  daily: 'A connection that is on is checked once a day by itself.',
  again: 'Check again',
  production: 'production',
  endOn: 'The credentials end on',
  endOnHelp: 'Where the CRM gives them an end: administrators are told by mail 14 and 3 days ahead, and on that day.',
  endSave: 'Save the day',
  endSaved: 'The day is saved.',
  endTaken: 'Nobody is told of an end any more.',
} as const;

export const preflightFr: Texts<typeof preflightEn> = {
  title: 'Vérification',
  found_zero: 'Rien à corriger',
  found_one: 'Un point à regarder',
  found_other: '{{count}} points à regarder',
  seen: 'vérifié {{when}}',
  never: 'jamais vérifié',
  daily: 'Une connexion active est vérifiée d’elle-même une fois par jour.',
  again: 'Vérifier à nouveau',
  production: 'production',
  endOn: 'Les identifiants prennent fin le',
  endOnHelp:
    'Si le CRM leur donne une fin : les administrateurs sont prévenus par e-mail 14 et 3 jours avant, et le jour même.',
  endSave: 'Enregistrer le jour',
  endSaved: 'Le jour est enregistré.',
  endTaken: 'Plus personne n’est prévenu d’une fin.',
};

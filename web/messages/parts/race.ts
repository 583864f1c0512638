import type { Texts } from '../texts.ts';

export const raceEn = {
  title: 'The race',
  intro:
    'One person, two systems. Change a value on either side and watch it arrive on the other. These are real synchronisations of the demo, with their real figures.',
  crmCard: 'Emulated {{crm}}',
  crmSub: 'what the sales rep sees',
  hubCard: 'Tandem',
  hubSub: 'what marketing sees',
  openRep: 'Play sales rep',
  openContact: 'Open the contact',
  hint: 'Type, then press Enter, or just stop typing.',
  running: 'on its way …',
  arrived: 'arrived in {{seconds}} s',
  calls_one: 'one API call',
  calls_other: '{{count, number}} API calls',
  calls_zero: 'no API call',
  rule: 'rule {{rule}}',
  both: 'Change both at once',
  bothHelp: 'Both sides change the phone within a moment: see who wins, and that nothing is lost.',
  wonHub: 'Both had changed it: Tandem’s was the later one and won. The other value is kept under Conflicts.',
  wonCrm: 'Both had changed it: {{crm}}’s won. The other value is kept under Conflicts.',
  rejected: 'It did not arrive: {{why}}',
  nothing: 'It did not arrive. History has the run.',
  log: 'What has raced so far',
  nobody: 'Nobody is in step with this CRM yet. Start a synchronisation, then come back.',
  menu: 'The race',
} as const;

export const raceFr: Texts<typeof raceEn> = {
  title: 'La course',
  intro:
    'Une personne, deux systèmes. Changez une valeur d’un côté et regardez-la arriver de l’autre. Ce sont de vraies synchronisations de la démo, avec leurs vrais chiffres.',
  crmCard: '{{crm}} émulé',
  crmSub: 'ce que voit le commercial',
  hubCard: 'Tandem',
  hubSub: 'ce que voit le marketing',
  openRep: 'Jouer le commercial',
  openContact: 'Ouvrir le contact',
  hint: 'Écrivez, puis Entrée, ou arrêtez simplement d’écrire.',
  running: 'en route …',
  arrived: 'arrivé en {{seconds}} s',
  calls_one: 'un appel API',
  calls_other: '{{count, number}} appels API',
  calls_zero: 'aucun appel API',
  rule: 'règle {{rule}}',
  both: 'Changer des deux côtés',
  bothHelp: 'Les deux côtés changent le téléphone au même moment : voyez qui gagne, et que rien ne se perd.',
  wonHub: 'Les deux l’avaient changé : la valeur de Tandem, plus récente, a gagné. L’autre est gardée sous Conflits.',
  wonCrm: 'Les deux l’avaient changé : la valeur de {{crm}} a gagné. L’autre est gardée sous Conflits.',
  rejected: 'Elle n’est pas arrivée : {{why}}',
  nothing: 'Elle n’est pas arrivée. L’historique a la synchronisation.',
  log: 'Les courses jusqu’ici',
  nobody: 'Personne n’est encore synchronisé avec ce CRM. Lancez une synchronisation, puis revenez.',
  menu: 'La course',
};

/** What the rules of the rule book say, in one line each, wherever a rule's id is shown. */
export const ruleEn = {
  R1: 'Only this side had changed since both last agreed.',
  R4: 'Both sides had changed it: the later change wins, and the other value is kept.',
  R5: 'First meeting: a filled value is never overwritten by an empty one.',
  R7: 'This line goes one way: its source decides.',
  R8: 'An opt-out comes before everything else.',
  R10: 'The e-mail address says who is who.',
  R46: 'An opt-out was lifted by the person.',
} as const;
export const ruleFr: Texts<typeof ruleEn> = {
  R1: 'Seul ce côté avait changé depuis le dernier accord.',
  R4: 'Les deux côtés avaient changé : le plus récent gagne, l’autre valeur est gardée.',
  R5: 'Première rencontre : une valeur remplie n’est jamais écrasée par un vide.',
  R7: 'Cette ligne va dans un seul sens : sa source décide.',
  R8: 'Une désinscription passe avant tout.',
  R10: 'L’adresse e-mail dit qui est qui.',
  R46: 'La personne a levé sa désinscription.',
};

import type { Texts } from '../texts.ts';

/** The breaker: runs that wait for a person, and its settings. */
export const guardEn = {
  title: 'This synchronisation waits for you',
  why: {
    created:
      'Nobody was watching, and it would create or overwrite {{count}} records: more than the {{max}} that go through unasked.',
    blanked:
      'Nobody was watching, and it would empty fields of, unlink or mark as deleted {{count}} records: more than the {{max}} that go through unasked.',
    deleted:
      '{{count}} of {{linked}} linked records turned up deleted in the CRM: more than the {{max}} that are believed unasked.',
    differs: 'It would do much more than the preview that you approved: {{count}} instead of at most {{max}}.',
  },
  nothing: 'Nothing of this is written yet.',
  waitingCrm: 'About {{waiting}} more people wait behind them and were not looked at.',
  waitingHub: 'About {{waiting}} more changed records wait behind them and were not looked at.',
  lookAt: 'Look at it',
  would: 'would be {{outcome}}',
  wouldTitle: 'What it would do',
  samples: 'Some of them',
  effect: {
    created: 'created',
    overwritten: 'overwritten',
    blanked: 'emptied in a field',
    unlinked: 'unlinked',
    deleted: 'marked as deleted',
  },
  fields: 'Fields concerned',
  fieldOverwritten: 'overwritten',
  fieldBlanked: 'emptied',
  approve: 'Let it go on',
  approveHelp: 'The changes above are carried out; records that moved since are decided again.',
  narrow: 'Narrow it',
  narrowHelp:
    'Untick what shall not happen; the rest goes on. Values left out stay as they are until somebody changes them; people left out come when they change again.',
  narrowGo: 'Go on without these',
  again: 'Look again',
  againHelp:
    'After changing the configuration or the mapping: decides anew, and goes through if it is within the limits now.',
  drop: 'Drop it',
  dropHelp: 'Nothing is written. The changes stay where they were made, so the next synchronisation finds them again.',
  going: 'It goes on.',
  dropped: 'Dropped; nothing was written.',
  settingsTitle: 'Unusually many changes',
  settingsOn: 'Stop and ask before a synchronisation that nobody watches changes very much',
  changes: 'Created or overwritten, more than',
  changesShare: 'or this share of the linked records',
  losses: 'Emptied, unlinked or deleted, more than',
  lossesShare: 'or this share of the linked records',
  inWords:
    'Today {{linked}} records are linked. A synchronisation by schedule, form or webhook waits for you before it creates or overwrites more than {{changes}} of them, or empties, unlinks or marks as deleted more than {{losses}}. Synchronisations that you start or whose preview you approved do not wait.',
  inWordsOff:
    'Nothing waits: a synchronisation that nobody watches may change everything at once. More than a tenth of the records deleted is asked about all the same.',
  leftOut: 'without: {{effects}}',
} as const;

export const guardFr: Texts<typeof guardEn> = {
  title: 'Cette synchronisation attend votre accord',
  why: {
    created:
      'Personne ne la surveillait, et elle créerait ou remplacerait {{count}} fiches : plus que les {{max}} qui passent sans question.',
    blanked:
      'Personne ne la surveillait, et elle viderait des champs, délierait ou marquerait comme supprimées {{count}} fiches : plus que les {{max}} qui passent sans question.',
    deleted:
      '{{count}} des {{linked}} fiches liées ont disparu du CRM : plus que les {{max}} que nous croyons sans question.',
    differs: 'Elle ferait bien plus que l’aperçu que vous avez approuvé : {{count}} au lieu de {{max}} au plus.',
  },
  nothing: 'Rien de tout cela n’est encore écrit.',
  waitingCrm: 'Environ {{waiting}} autres personnes attendent derrière et n’ont pas été examinées.',
  waitingHub: 'Environ {{waiting}} autres fiches modifiées attendent derrière et n’ont pas été examinées.',
  lookAt: 'Examiner',
  would: 'seraient {{outcome}}',
  wouldTitle: 'Ce qu’elle ferait',
  samples: 'Quelques-unes',
  effect: {
    created: 'créées',
    overwritten: 'remplacées',
    blanked: 'vidées dans un champ',
    unlinked: 'déliées',
    deleted: 'marquées comme supprimées',
  },
  fields: 'Champs concernés',
  fieldOverwritten: 'remplacé',
  fieldBlanked: 'vidé',
  approve: 'Laisser continuer',
  approveHelp: 'Les changements ci-dessus sont exécutés ; les fiches qui ont bougé depuis sont décidées à nouveau.',
  narrow: 'Restreindre',
  narrowHelp:
    'Décochez ce qui ne doit pas arriver ; le reste continue. Les valeurs laissées restent telles quelles jusqu’à ce que quelqu’un les change ; les personnes laissées viennent quand elles changent à nouveau.',
  narrowGo: 'Continuer sans cela',
  again: 'Réexaminer',
  againHelp:
    'Après un changement de configuration ou de correspondance : décide à nouveau, et passe si tout est dans les limites.',
  drop: 'Abandonner',
  dropHelp:
    'Rien n’est écrit. Les changements restent là où ils ont été faits : la prochaine synchronisation les retrouve.',
  going: 'Elle continue.',
  dropped: 'Abandonnée ; rien n’a été écrit.',
  settingsTitle: 'Beaucoup de changements d’un coup',
  settingsOn: 'S’arrêter et demander avant qu’une synchronisation que personne ne surveille change beaucoup de choses',
  changes: 'Créées ou remplacées, plus de',
  changesShare: 'ou cette part des fiches liées',
  losses: 'Vidées, déliées ou supprimées, plus de',
  lossesShare: 'ou cette part des fiches liées',
  inWords:
    'Aujourd’hui {{linked}} fiches sont liées. Une synchronisation planifiée, par formulaire ou par webhook attend votre accord avant de créer ou remplacer plus de {{changes}} d’entre elles, ou d’en vider, délier ou marquer comme supprimées plus de {{losses}}. Celles que vous lancez, ou dont vous avez approuvé l’aperçu, n’attendent pas.',
  inWordsOff:
    'Rien n’attend : une synchronisation que personne ne surveille peut tout changer d’un coup. Plus d’un dixième des fiches supprimées fait tout de même l’objet d’une question.',
  leftOut: 'sans : {{effects}}',
};

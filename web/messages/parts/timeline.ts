import type { Texts } from '../texts.ts';

/** What people did, as activities or notes on their records in a CRM. */
export const timelineEn = {
  title: 'Forms and downloads on the record in {{crm}}',
  text: 'What linked people do here becomes {{as}} on their record: the form’s name or the file’s, when, on which page, and a link to their page here. No value that they entered stands in it.',
  as: { note: 'a note', task: 'a completed task' },
  switch: 'Write forms and downloads to {{crm}}',
  costOne: 'One API call for each entry.',
  costMany: 'Up to {{count}} entries in one API call.',
  cap: 'At most a day',
  capHint: 'Empty: {{count}}, what a tenth of this connection’s share of the day’s calls can write, at most 10,000.',
  capSet: 'Entries. The oldest go first; the rest follows the next day.',
  save: 'Save',
  saved: 'Saved.',
  none: 'Tandem writes no activities or notes to {{crm}}: its documentation names no way to find one again after a lost answer.',
  rests: 'Nothing goes out from this connection at the moment, so no entries do either.',
  today: 'Today {{today}} of {{cap}} · in all {{stored}}',
  waiting: '{{count}} waiting for the next run',
  waitingForLink: '{{count}} of people who are not in {{crm}}',
  open: '{{count}} without an answer yet: looked for before anything is written again',
  refused: '{{count}} refused by {{crm}}, which answered: “{{why}}”',
  problem: '{{crm}} takes no entries at the moment. {{message}} Everything else goes on; the entries wait.',
  earlier: '{{count}} entries of linked people are older than the switch ({{since}}) and are not written.',
  earlierButton: 'Write them, too',
  earlierSure:
    'Write {{count}} earlier entries to {{crm}}? They take about {{calls}} API calls, at most {{cap}} entries a day.',
  earlierDone: '{{count}} entries wait for the next runs.',
  inCrm: 'in {{name}}',
} as const;

export const timelineFr: Texts<typeof timelineEn> = {
  title: 'Formulaires et téléchargements sur la fiche dans {{crm}}',
  text: 'Ce que font ici les personnes liées devient {{as}} sur leur fiche : le nom du formulaire ou du fichier, la date, la page, et un lien vers leur page ici. Aucune valeur saisie n’y figure.',
  as: { note: 'une note', task: 'une tâche terminée' },
  switch: 'Écrire formulaires et téléchargements dans {{crm}}',
  costOne: 'Un appel d’API par entrée.',
  costMany: 'Jusqu’à {{count}} entrées par appel d’API.',
  cap: 'Au plus par jour',
  capHint:
    'Vide : {{count}}, ce qu’un dixième de la part d’appels du jour de cette connexion permet d’écrire, au plus 10 000.',
  capSet: 'Entrées. Les plus anciennes d’abord ; le reste suit le lendemain.',
  save: 'Enregistrer',
  saved: 'Enregistré.',
  none: 'Tandem n’écrit ni activités ni notes dans {{crm}} : sa documentation ne dit pas comment en retrouver une après une réponse perdue.',
  rests: 'Rien ne sort de cette connexion pour le moment, les entrées non plus.',
  today: 'Aujourd’hui {{today}} sur {{cap}} · au total {{stored}}',
  waiting: '{{count}} en attente du prochain passage',
  waitingForLink: '{{count}} de personnes absentes de {{crm}}',
  open: '{{count}} encore sans réponse : recherchées avant toute nouvelle écriture',
  refused: '{{count}} refusées par {{crm}}, qui a répondu : « {{why}} »',
  problem: '{{crm}} ne prend pas d’entrées pour le moment. {{message}} Le reste continue ; les entrées attendent.',
  earlier: '{{count}} entrées de personnes liées sont antérieures à l’activation ({{since}}) et ne sont pas écrites.',
  earlierButton: 'Les écrire aussi',
  earlierSure:
    'Écrire {{count}} entrées antérieures dans {{crm}} ? Environ {{calls}} appels d’API, au plus {{cap}} entrées par jour.',
  earlierDone: '{{count}} entrées attendent les prochains passages.',
  inCrm: 'dans {{name}}',
};

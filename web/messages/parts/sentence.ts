import type { Texts } from '../texts.ts';

/** Mappings that speak: one sentence a line, made from a real person. */
export const sentenceEn = {
  choose: 'Choose the two fields.',
  noPerson: 'With the first synchronisation a real person stands here as an example.',
  who: 'By the example of',
  other: 'Somebody else',
  off: 'Off: {{name}}’s {{field}} stays as it is on both sides.',
  optOut: 'As soon as {{name}} opts out on either side, it is so on both, before every other rule.',
  consentBoth:
    'As soon as {{name}} withdraws “{{purpose}}” on either side, it is so on both; an agreement goes from Tandem to {{crm}} only.',
  consentBothSource:
    'What {{name}} agrees to for “{{purpose}}” counts on both sides, whoever heard it; a withdrawal on either side goes first.',
  consentIn:
    'What {{name}} withdraws of “{{purpose}}” in {{crm}} counts here; {{crm}} can give nothing and is told nothing.',
  consentInSource: 'What {{name}} says of “{{purpose}}” in {{crm}} counts here; {{crm}} is told nothing.',
  willCrm: '{{name}}’s {{field}} “{{from}}” will become “{{to}}” in {{crm}}',
  willHub: '{{name}}’s {{field}} “{{from}}” in {{crm}} will become “{{to}}” in Tandem',
  writtenCrm: '{{name}}’s {{field}} “{{from}}” will be written to {{crm}}',
  writtenHub: '{{name}}’s {{field}} “{{from}}” will come in from {{crm}}',
  sameBoth: '{{name}}’s {{field}} is “{{from}}” on both sides',
  sameBothSpelt: '{{name}}’s {{field}} is “{{to}}” in {{crm}} and “{{from}}” in Tandem, which is the same',
  differ: '{{name}}’s {{field}} is “{{hub}}” in Tandem and “{{remote}}” in {{crm}}',
  emptyBoth: '{{name}} has no {{field}} on either side',
  emptyHub: '{{name}} has no {{field}} in Tandem: nothing is written to {{crm}}',
  emptyCrm: '{{name}} has no {{field}} in {{crm}}: nothing comes in',
  standIn: '{{name}} has no {{field}}: {{crm}} demands one and gets “{{to}}”',
  demanded: '{{name}} has no {{field}}, and {{crm}} demands one: nobody can be made there without a default',
  faultCrm: '{{name}}’s {{field}} “{{from}}” can’t go to {{crm}}: {{why}}',
  faultHub: '{{name}}’s {{field}} “{{from}}” in {{crm}} can’t come in: {{why}}',
  leftOut: '{{name}}’s {{field}} “{{from}}” is left out, as this line says',
  joined: '{{text}}; {{after}}',
  after: {
    latest: 'if both change it, the later one wins.',
    hub: 'if both change it, Tandem wins.',
    crm: 'if both change it, {{crm}} wins.',
    ask: 'if both change it, you are asked.',
    toCrm: 'what sales writes there does not come back.',
    toHub: 'what is changed in Tandem does not go back.',
  },
  fault: {
    not_in_list: '“{{value}}” is not in the list of {{crmField}}. Map it below, or leave it out.',
    unmapped_value: '“{{value}}” is not in Tandem’s list, and this line does not add new values.',
    too_long: '{{crmField}} takes at most {{max}} characters.',
    wrong_type: '“{{value}}” does not fit the kind of field.',
    invalid_email: '“{{value}}” is no e-mail address.',
    other: 'it does not fit.',
  },
  planned: '{{name}}’s {{field}} will become “{{to}}” in {{where}} (“{{from}}” now).',
  plannedFirst: '{{name}}’s {{field}} will become “{{to}}” in {{where}}.',
  plannedEmpty: '{{name}}’s {{field}} will be emptied in {{where}} (“{{from}}” now).',
} as const;

export const sentenceFr: Texts<typeof sentenceEn> = {
  choose: 'Choisissez les deux champs.',
  noPerson: 'À la première synchronisation, une vraie personne servira d’exemple ici.',
  who: 'À l’exemple de',
  other: 'Quelqu’un d’autre',
  off: 'Désactivée : {{field}} de {{name}} reste comme il est des deux côtés.',
  optOut: 'Dès que {{name}} se désinscrit d’un côté, c’est vrai des deux, avant toute autre règle.',
  consentBoth:
    'Dès que {{name}} retire « {{purpose}} » d’un côté, c’est vrai des deux ; un accord va seulement de Tandem vers {{crm}}.',
  consentBothSource:
    'Ce que {{name}} accepte pour « {{purpose}} » compte des deux côtés, où que ce soit dit ; un retrait d’un côté passe avant tout.',
  consentIn:
    'Ce que {{name}} retire de « {{purpose}} » dans {{crm}} compte ici ; {{crm}} ne peut rien accorder et n’apprend rien.',
  consentInSource: 'Ce que {{name}} dit de « {{purpose}} » dans {{crm}} compte ici ; {{crm}} n’apprend rien.',
  willCrm: '{{field}} de {{name}}, « {{from}} », deviendra « {{to}} » dans {{crm}}',
  willHub: '{{field}} de {{name}}, « {{from}} » dans {{crm}}, deviendra « {{to}} » dans Tandem',
  writtenCrm: '{{field}} de {{name}}, « {{from}} », sera écrit dans {{crm}}',
  writtenHub: '{{field}} de {{name}}, « {{from}} », entrera depuis {{crm}}',
  sameBoth: '{{field}} de {{name}} est « {{from}} » des deux côtés',
  sameBothSpelt:
    '{{field}} de {{name}} est « {{to}} » dans {{crm}} et « {{from}} » dans Tandem, ce qui revient au même',
  differ: '{{field}} de {{name}} est « {{hub}} » dans Tandem et « {{remote}} » dans {{crm}}',
  emptyBoth: '{{name}} n’a pas de {{field}}, d’aucun côté',
  emptyHub: '{{name}} n’a pas de {{field}} dans Tandem : rien n’est écrit dans {{crm}}',
  emptyCrm: '{{name}} n’a pas de {{field}} dans {{crm}} : rien n’entre',
  standIn: '{{name}} n’a pas de {{field}} : {{crm}} en exige un et reçoit « {{to}} »',
  demanded:
    '{{name}} n’a pas de {{field}}, et {{crm}} en exige un : sans valeur par défaut, personne ne peut y être créé',
  faultCrm: '{{field}} de {{name}}, « {{from}} », ne peut pas aller dans {{crm}} : {{why}}',
  faultHub: '{{field}} de {{name}}, « {{from}} » dans {{crm}}, ne peut pas entrer : {{why}}',
  leftOut: '{{field}} de {{name}}, « {{from}} », est laissé de côté, comme le dit cette ligne',
  joined: '{{text}} ; {{after}}',
  after: {
    latest: 'si les deux le changent, le plus récent gagne.',
    hub: 'si les deux le changent, Tandem gagne.',
    crm: 'si les deux le changent, {{crm}} gagne.',
    ask: 'si les deux le changent, on vous demande.',
    toCrm: 'ce que les commerciaux y écrivent ne revient pas.',
    toHub: 'ce qui est changé dans Tandem ne repart pas.',
  },
  fault: {
    not_in_list:
      '« {{value}} » n’est pas dans la liste de {{crmField}}. Associez-le ci-dessous, ou laissez-le de côté.',
    unmapped_value: '« {{value}} » n’est pas dans la liste de Tandem, et cette ligne n’ajoute pas de valeurs.',
    too_long: '{{crmField}} accepte au plus {{max}} caractères.',
    wrong_type: '« {{value}} » ne convient pas à ce type de champ.',
    invalid_email: '« {{value}} » n’est pas une adresse e-mail.',
    other: 'il ne convient pas.',
  },
  planned: '{{field}} de {{name}} deviendra « {{to}} » dans {{where}} (« {{from}} » maintenant).',
  plannedFirst: '{{field}} de {{name}} deviendra « {{to}} » dans {{where}}.',
  plannedEmpty: '{{field}} de {{name}} sera vidé dans {{where}} (« {{from}} » maintenant).',
};

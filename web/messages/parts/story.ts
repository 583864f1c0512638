import type { Texts } from '../texts.ts';

/** A person's page: what happened and why, where each value comes from, what stands between the person and a CRM. */
export const storyEn = {
  title: 'What happened, and why',
  in_step: 'In step with {{crm}}.',
  belongs_to_sales:
    'Is a contact in {{crm}} and belongs to sales: what they change comes in, nothing is written there.',
  deleted_in_crm:
    'Was deleted in {{crm}}. The contact stays here, marked, and is not made there again unless somebody asks for it.',
  merged_away: 'This record of {{crm}} was merged into another one; it lives on there.',
  merged_here: 'Another record of {{crm}} ({{former}}) was merged into this one; the link followed.',
  duplicate: '{{crm}} has another record ({{id}}) with the same address. Only one of them is kept in step.',
  converted: 'Was converted in {{crm}} and belongs to sales now: nothing is written there any more.',
  box_off:
    'Became a contact in {{crm}}, and contacts do not come in: frozen. No values flow, deletions and merges are followed.',
  not_ticked: 'The sync field is not ticked in {{crm}}: frozen. No values flow, deletions and merges are followed.',
  frozen: 'Does not take part in {{crm}} at the moment: frozen.',
  deleted: 'Was deleted in {{crm}}.',
  slowed_one: '{{crm}} asked once to slow down (429). The run waited {{seconds}} s and went on; nothing was lost.',
  slowed_other:
    '{{crm}} asked {{count}} times to slow down (429). The run waited {{seconds}} s and went on; nothing was lost.',
  conflict:
    'Both sides had changed “{{field}}”: Tandem had “{{hub}}”, {{crm}} had “{{remote}}”. {{winner}} won, because {{because}}.',
  held: 'Both sides have changed “{{field}}”: Tandem has “{{hub}}”, {{crm}} has “{{remote}}”. You decide; until then both stay.',
  resubscribe:
    'Opted out, and {{crm}} says “no” again. That does not lift an opt-out: only the person, a proven form, or an administrator with a reason does.',
  because: {
    latest: 'it was the later change',
    tie: 'the dates are the same or unknown, and then the CRM wins',
    policy: 'the mapping says so',
    direction: 'the line goes one way',
    tug_of_war: 'the value went to and fro',
    first_meeting: 'both had one when they first met',
    opt_out: 'an opt-out comes before everything',
    ask: 'somebody decided',
  },
  takeHub: 'Take “{{value}}”',
  takeCrm: 'Take “{{value}}”',
  keepOut: 'Keep the opt-out in both',
  toFix: 'Mend it in To fix',
  seeRun: 'The synchronisation',
  whyField: 'Why does {{name}} have this {{field}}?',
  from: {
    person: 'Entered by a person',
    form: 'Said in a form',
    import: 'From an imported list',
    api: 'Set by the API',
    sync: 'From {{connection}}',
    system: 'Calculated by Tandem',
  },
  fromNamed: {
    person: 'Entered by {{name}}',
    form: 'Said in the form “{{name}}”',
    import: 'From the list “{{name}}”',
    api: 'Set by the API key “{{name}}”',
  },
  replaced: 'It replaced “{{value}}”.',
  first: 'It is the first value.',
  noOrigin: 'Nothing is known of where this value comes from.',
  gatesOpen: 'Nothing stands between {{name}} and {{connection}}.',
  gatesClosed_one: 'One thing stands between {{name}} and {{connection}}.',
  gatesClosed_other: '{{count}} things stand between {{name}} and {{connection}}.',
  allGates: 'All the gates',
  notIn: 'Not in Tandem, but in a CRM',
  race: 'Race with this person',
  yes: 'yes',
  no: 'no',
} as const;

export const storyFr: Texts<typeof storyEn> = {
  title: 'Ce qui s’est passé, et pourquoi',
  in_step: 'À jour avec {{crm}}.',
  belongs_to_sales:
    'Est un contact dans {{crm}} et appartient aux commerciaux : leurs changements entrent, rien n’y est écrit.',
  deleted_in_crm:
    'A été supprimé dans {{crm}}. Le contact reste ici, marqué, et n’y est recréé que si quelqu’un le demande.',
  merged_away: 'Cette fiche de {{crm}} a été fusionnée avec une autre ; elle y vit.',
  merged_here: 'Une autre fiche de {{crm}} ({{former}}) a été fusionnée avec celle-ci ; le lien a suivi.',
  duplicate: '{{crm}} a une autre fiche ({{id}}) avec la même adresse. Une seule des deux est synchronisée.',
  converted: 'A été converti dans {{crm}} et appartient aux commerciaux : plus rien n’y est écrit.',
  box_off:
    'Est devenu un contact dans {{crm}}, et les contacts n’entrent pas : gelé. Aucune valeur ne circule, suppressions et fusions sont suivies.',
  not_ticked:
    'Le champ de synchronisation n’est pas coché dans {{crm}} : gelé. Aucune valeur ne circule, suppressions et fusions sont suivies.',
  frozen: 'Ne participe pas à {{crm}} pour le moment : gelé.',
  deleted: 'A été supprimé dans {{crm}}.',
  slowed_one:
    '{{crm}} a demandé une fois de ralentir (429). {{seconds}} s d’attente, puis la suite ; rien n’est perdu.',
  slowed_other:
    '{{crm}} a demandé {{count}} fois de ralentir (429). {{seconds}} s d’attente, puis la suite ; rien n’est perdu.',
  conflict:
    'Les deux côtés avaient changé « {{field}} » : Tandem avait « {{hub}} », {{crm}} avait « {{remote}} ». {{winner}} a gagné, car {{because}}.',
  held: 'Les deux côtés ont changé « {{field}} » : Tandem a « {{hub}} », {{crm}} a « {{remote}} ». À vous de décider ; d’ici là les deux restent.',
  resubscribe:
    'Désinscrit, et {{crm}} dit à nouveau « non ». Cela ne lève pas une désinscription : seule la personne, un formulaire prouvé ou un administrateur avec une raison le peut.',
  because: {
    latest: 'c’était le changement le plus récent',
    tie: 'les dates sont égales ou inconnues, et alors le CRM gagne',
    policy: 'la correspondance le dit',
    direction: 'la ligne va dans un seul sens',
    tug_of_war: 'la valeur allait et venait',
    first_meeting: 'les deux en avaient une à la première rencontre',
    opt_out: 'une désinscription passe avant tout',
    ask: 'quelqu’un a décidé',
  },
  takeHub: 'Prendre « {{value}} »',
  takeCrm: 'Prendre « {{value}} »',
  keepOut: 'Garder la désinscription des deux côtés',
  toFix: 'Corriger sous À corriger',
  seeRun: 'La synchronisation',
  whyField: 'Pourquoi {{name}} a cette valeur ({{field}}) ?',
  from: {
    person: 'Saisie par une personne',
    form: 'Donnée dans un formulaire',
    import: 'D’une liste importée',
    api: 'Donnée par l’API',
    sync: 'Vient de {{connection}}',
    system: 'Calculée par Tandem',
  },
  fromNamed: {
    person: 'Saisie par {{name}}',
    form: 'Donnée dans le formulaire « {{name}} »',
    import: 'De la liste « {{name}} »',
    api: 'Donnée par la clé d’API « {{name}} »',
  },
  replaced: 'Elle a remplacé « {{value}} ».',
  first: 'C’est la première valeur.',
  noOrigin: 'On ne sait pas d’où vient cette valeur.',
  gatesOpen: 'Rien ne se dresse entre {{name}} et {{connection}}.',
  gatesClosed_one: 'Une chose se dresse entre {{name}} et {{connection}}.',
  gatesClosed_other: '{{count}} choses se dressent entre {{name}} et {{connection}}.',
  allGates: 'Toutes les conditions',
  notIn: 'Absents de Tandem, mais dans un CRM',
  race: 'Courir avec cette personne',
  yes: 'oui',
  no: 'non',
};

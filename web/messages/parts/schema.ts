import type { Texts } from '../texts.ts';

/** What changed in the CRM's fields, and its repair. */
export const schemaEn = {
  title: 'Changed in the CRM',
  open: 'See the repair',
  createSure:
    'Create these fields in the CRM? {{fields}}. The link field is made first; their mapping lines are added.',
  created: 'Made in {{crm}}: {{fields}}.',
  createFault: {
    no_permission:
      '{{crm}} does not let the integration user make “{{field}}”, or see it. Ask the administrator of {{crm}} to give it the right, or to create the field by hand.',
    rejected_by_crm: '{{crm}} refuses to make “{{field}}” for a reason of its own. Create the field there by hand.',
    not_supported: '{{crm}} lets no program make fields. Create “{{field}}” there by hand.',
  },
  seen: 'seen {{when}}',
  rests: 'rests',
  takeOver: 'Take over “{{to}}”',
  choose: 'Take this field instead',
  chooseField: 'Field in the CRM',
  accept: 'Let it go on',
  only_in: 'Let it come in only',
  switch_off: 'Switch the line off',
  dismiss: 'Leave it so',
  setDefault: 'Set as default',
  defaultValue: 'Default value',
  hubField: 'Fill it from',
  repaired: 'Repaired; it takes effect at the next synchronisation.',
  suspended: '{{count}} lines rested: {{fields}}',
  why: {
    hub_field_gone: 'the field is not in Tandem any more',
    crm_field_gone: 'the field is not in the CRM any more',
    not_writable: 'the CRM does not let it be written',
    retyped: 'its kind changed in the CRM',
  },
} as const;

export const schemaFr: Texts<typeof schemaEn> = {
  title: 'Changé dans le CRM',
  open: 'Voir la réparation',
  createSure:
    'Créer ces champs dans le CRM ? {{fields}}. Le champ du lien est créé d’abord ; leurs lignes sont ajoutées.',
  created: 'Créé dans {{crm}} : {{fields}}.',
  createFault: {
    no_permission:
      '{{crm}} ne laisse pas l’utilisateur d’intégration créer « {{field}} », ou le voir. Demandez à l’administrateur de {{crm}} de lui en donner le droit, ou de créer le champ à la main.',
    rejected_by_crm:
      '{{crm}} refuse de créer « {{field}} » pour une raison qui lui est propre. Créez-y le champ à la main.',
    not_supported: '{{crm}} ne laisse aucun programme créer de champs. Créez-y « {{field}} » à la main.',
  },
  seen: 'vu {{when}}',
  rests: 'suspendue',
  takeOver: 'Reprendre « {{to}} »',
  choose: 'Prendre ce champ à la place',
  chooseField: 'Champ dans le CRM',
  accept: 'Laisser continuer',
  only_in: 'Laisser seulement entrer',
  switch_off: 'Désactiver la ligne',
  dismiss: 'Laisser ainsi',
  setDefault: 'Valeur par défaut',
  defaultValue: 'Valeur par défaut',
  hubField: 'La remplir avec',
  repaired: 'Réparé ; effectif à la prochaine synchronisation.',
  suspended: '{{count}} lignes suspendues : {{fields}}',
  why: {
    hub_field_gone: 'le champ n’est plus dans Tandem',
    crm_field_gone: 'le champ n’est plus dans le CRM',
    not_writable: 'le CRM ne laisse plus l’écrire',
    retyped: 'sa nature a changé dans le CRM',
  },
};

import type { Texts } from '../texts.ts';

/** A CRM's permission field and one purpose's consent. */
export const consentLineEn = {
  field: 'Consent: {{purpose}}',
  state: { given: 'given', withdrawn: 'withdrawn' },
  isPermission: 'The CRM field is a permission for one purpose',
  isPermissionHelp:
    'What somebody withdraws there counts here, with the CRM as the evidence. Off: the list of purposes is only written to the CRM.',
  purpose: 'Purpose',
  purposeHelp: 'As in the texts of consent, in small letters: newsletter.',
  ticked: 'A tick in the CRM means',
  tickedGiven: 'agreed',
  tickedWithdrawn: 'withdrawn',
  given: 'Values that mean “agreed”',
  withdrawn: 'Values that mean “withdrawn”',
  wordsHelp: 'The first is what Tandem writes.',
  source: 'What is agreed to in the CRM counts here, too',
  sourceHelp: 'The CRM is this purpose’s source. Without it the CRM can only withdraw.',
  sourceClosed: 'Only where a value of the CRM means “agreed”.',
  onlyWrites: 'a permission always comes in from the CRM',
  evidence: '{{label}}: “{{value}}” in the CRM',
  evidenceEmpty: '{{label}}: empty in the CRM',
  evidenceAt: 'changed there {{when}}',
} as const;

export const consentLineFr: Texts<typeof consentLineEn> = {
  field: 'Consentement : {{purpose}}',
  state: { given: 'donné', withdrawn: 'retiré' },
  isPermission: 'Le champ du CRM est une autorisation pour une finalité',
  isPermissionHelp:
    'Ce que quelqu’un y retire compte ici, avec le CRM pour preuve. Sinon, la liste des finalités est seulement écrite dans le CRM.',
  purpose: 'Finalité',
  purposeHelp: 'Comme dans les textes de consentement, en minuscules : newsletter.',
  ticked: 'Dans le CRM, une case cochée signifie',
  tickedGiven: 'donné',
  tickedWithdrawn: 'retiré',
  given: 'Valeurs qui signifient « donné »',
  withdrawn: 'Valeurs qui signifient « retiré »',
  wordsHelp: 'La première est celle que Tandem écrit.',
  source: 'Ce qui est accepté dans le CRM compte aussi ici',
  sourceHelp: 'Le CRM est la source de cette finalité. Sinon, le CRM peut seulement retirer.',
  sourceClosed: 'Seulement si une valeur du CRM signifie « donné ».',
  onlyWrites: 'une autorisation entre toujours depuis le CRM',
  evidence: '{{label}} : « {{value}} » dans le CRM',
  evidenceEmpty: '{{label}} : vide dans le CRM',
  evidenceAt: 'modifié là-bas {{when}}',
};

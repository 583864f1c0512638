/** What is wrong with a mapping line that carries one purpose's consent (R8a). */
export const consentEn = {
  'input.consent_field': 'A permission of the CRM is mapped to the field "consent", with the purpose beside it.',
  'input.consent_or_opt_out': 'A line is either the opt-out of all mails or the consent to one purpose.',
  'input.consent_direction':
    'What somebody withdraws in the CRM has to count here: only from the CRM, or both directions.',
  'input.consent_words': 'Say which value of the CRM means "agreed" or "withdrawn".',
  'input.consent_source': 'The CRM can only be the source if a value of its field means "agreed".',
  'input.consent_type': '"{field}" is neither a box, a list nor a text: it cannot say what somebody agreed to.',
  'input.consent_box': 'A box says one thing when it is ticked: either given: [true] or withdrawn: [true].',
  'input.consent_many':
    '"{field}" holds several values at once: it can be read, but not written. Take the direction from the CRM.',
} as const;

export const consentFr: Readonly<Record<keyof typeof consentEn, string>> = {
  'input.consent_field': 'Une autorisation du CRM s’associe au champ « consent », avec la finalité à côté.',
  'input.consent_or_opt_out':
    'Une ligne est soit la désinscription de tous les e-mails, soit le consentement à une finalité.',
  'input.consent_direction':
    'Ce que quelqu’un retire dans le CRM doit compter ici : depuis le CRM seulement, ou dans les deux sens.',
  'input.consent_words': 'Indiquez quelle valeur du CRM signifie « donné » ou « retiré ».',
  'input.consent_source': 'Le CRM ne peut être la source que si une valeur de son champ signifie « donné ».',
  'input.consent_type':
    '« {field} » n’est ni une case, ni une liste, ni un texte : il ne peut pas dire à quoi quelqu’un consent.',
  'input.consent_box': 'Une case cochée dit une seule chose : soit given: [true], soit withdrawn: [true].',
  'input.consent_many':
    '« {field} » contient plusieurs valeurs à la fois : il se lit, mais ne s’écrit pas. Choisissez la direction depuis le CRM.',
};

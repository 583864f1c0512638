/**
 * Why somebody or a value was not synchronised (docs/reasons.md): `reason.<id>` says who, which field, why; `todo.<id>` what to
 * do. Where something that the first form names is not known, the next one is taken: `.value`, `.plain` (without the value),
 * `.record` (without the field). The CRM's own words follow, quoted, by `reason.answered`.
 */
export const reasonsEn = {
  'reason.nobody': 'A record without a name',
  'reason.answered': '{crm} answered: “{answer}”',
  'reason.missing_email': '{name} has no e-mail address in {crm}, so the record cannot come in.',
  'reason.missing_email.kept': '{crm} has no e-mail address for {name} any more. The one in Tandem stays.',
  'reason.invalid_email': '“{field}” of {name} is not an e-mail address: “{value}”.',
  'reason.invalid_email.plain': '“{field}” of {name} is not an e-mail address that {crm} takes.',
  'reason.invalid_email.record': 'The e-mail address of {name} is not one that {crm} takes.',
  'reason.duplicate_in_crm': '{crm} has several records with the address of {name}; “{other}” is the one kept in step.',
  'reason.duplicate_in_crm.plain': '{crm} has several records with the address of {name}; another one is kept in step.',
  'reason.shared_email': 'Several people in {crm} share the address of {name}; “{other}” is the one kept in step.',
  'reason.shared_email.plain': 'Several people in {crm} share the address of {name}; another one is kept in step.',
  'reason.address_taken.contact': 'The address {value} of {name} belongs to {other} already.',
  'reason.address_taken': 'The e-mail address of {name} belongs to “{other}” already, so it is not written.',
  'reason.address_taken.value': 'The e-mail address of {name} belongs to another record in {crm} already ({otherId}).',
  'reason.address_taken.record': 'The e-mail address of {name} belongs to another record in {crm} already.',
  'reason.not_stored': '{crm} said that “{field}” of {name} is saved, but it still holds the old value.',
  'reason.not_stored.record':
    '{crm} said that {name} is saved, but a field still holds the old value; it does not say which.',
  'reason.missing_required': '{crm} demands “{field}”, and {name} has no value there.',
  'reason.missing_required.record': '{crm} demands a field in which {name} has no value, and does not say which.',
  'reason.too_long': '“{field}” of {name} is too long: at most {max} characters fit.',
  'reason.too_long.plain': '“{field}” of {name} is too long for {crm}.',
  'reason.too_long.record': 'A value of {name} is too long for {crm}, which does not say in which field.',
  'reason.not_in_list': '“{value}” of {name} is not in the list of “{field}” in {crm}.',
  'reason.not_in_list.plain': 'The value of “{field}” of {name} is not in the list that {crm} has for it.',
  'reason.not_in_list.record': 'A value of {name} is not in a list of {crm}, which does not say in which field.',
  'reason.wrong_type': '“{field}” of {name} does not fit: “{value}”. What is wanted: {expected}.',
  'reason.wrong_type.value': '“{field}” of {name} does not fit: “{value}” is of another kind than the field in {crm}.',
  'reason.wrong_type.plain': '“{field}” of {name} is of another kind than the field in {crm}.',
  'reason.wrong_type.record': 'A value of {name} is of another kind than its field in {crm}, which does not say which.',
  'reason.unmapped_value':
    '“{value}” of {name} is not in the list of “{field}” in Tandem, and the line does not add it.',
  'reason.unmapped_value.plain':
    'The value of “{field}” of {name} is not in its list in Tandem, and the line does not add it.',
  'reason.unmapped_value.record':
    'A value of {name} is not in its list in Tandem, and the line does not add it; {crm} does not say which.',
  'reason.unmapped_value.paused':
    '“{value}” of {name} was not added: “{field}” got so many new values that it looks like free text.',
  'reason.unmapped_value.removed':
    '“{value}” of {name} was removed from the list of “{field}” by somebody, so it is not added again.',
  'reason.converted_lead':
    '{name} was converted in {crm} and belongs to the sales team now, so the record is not written to.',
  'reason.belongs_to_sales': '{name} is a contact in {crm}: contacts come in only, the record is not written to.',
  'reason.duplicate_rule': '{crm} refuses {name}: another record there has the same “{field}”.',
  'reason.duplicate_rule.record': '{crm} refuses the record of {name}: a duplicate rule found a similar one.',
  'reason.no_permission': '{crm} does not let the integration user write “{field}” of {name}.',
  'reason.no_permission.record': '{crm} does not let the integration user write the record of {name}.',
  'reason.no_permission.not_there':
    '“{field}” of {name} is not written: the record in {crm} is of a kind that does not have this field.',
  'reason.validation_rule': 'A rule of {crm} refuses “{field}” of {name}.',
  'reason.validation_rule.record': 'A rule of {crm} refuses the record of {name} and names no field.',
  'reason.record_locked': 'The record of {name} is locked in {crm}, so nothing is written to it.',
  'reason.gone': 'The record of {name} is not in {crm} any more.',
  'reason.rejected_by_crm': '{crm} refuses “{field}” of {name} for a reason of its own.',
  'reason.rejected_by_crm.record': '{crm} refuses the record of {name} for a reason of its own and names no field.',
  'todo.missing_email': 'Enter an address in {crm}; the record comes in with the next run.',
  'todo.missing_email.kept': 'Enter the address in {crm} again.',
  'todo.invalid_email': 'Correct the address where it was entered, in {crm} or in Tandem.',
  'todo.duplicate_in_crm': 'Merge the records in {crm}; the link follows.',
  'todo.shared_email': 'Give each person an address of their own in {crm}.',
  'todo.address_taken.contact': 'Merge the two if they are one person; else correct one of the two addresses.',
  'todo.address_taken': 'Correct one of the two addresses, or merge the two.',
  'todo.not_stored': 'Look for an automation on this field in {crm}, or let the line come in only.',
  'todo.missing_required': 'Fill the field, or set a default for everybody.',
  'todo.missing_required.record': 'Ask the administrator of {crm} which field it is, and map it or set a default.',
  'todo.too_long': 'Shorten the value, or map a longer field.',
  'todo.not_in_list': 'Map the value to one of the list, create it in {crm}, or leave it out.',
  'todo.wrong_type': 'Correct the value, or map a field of the same kind.',
  'todo.unmapped_value': 'Map the value to one of the list, add it, or leave it out.',
  'todo.unmapped_value.paused': 'Turn the field into a text, or let the list take more new values.',
  'todo.unmapped_value.removed': 'Put the value back, map it to another one, or leave it out.',
  'todo.converted_lead': 'Nothing: it closes by itself once the link has followed to the contact.',
  'todo.belongs_to_sales': 'Nothing: what the sales team changes comes in.',
  'todo.duplicate_rule': 'Merge the two in {crm}, or relax the rule for the integration user.',
  'todo.no_permission': 'Ask the administrator of {crm} to give the integration user the right.',
  'todo.no_permission.not_there': 'Nothing; or map a field that both kinds of records have.',
  'todo.validation_rule': 'Fill what the rule wants, or ask whoever made it in {crm}.',
  'todo.record_locked': 'Wait until it is unlocked, or ask whoever approves it, then try again.',
  'todo.gone': 'Nothing; or create it again from the contact’s page.',
  'todo.rejected_by_crm': 'Show this to the administrator of {crm}, then try again.',
} as const;

export const reasonsFr: Readonly<Record<keyof typeof reasonsEn, string>> = {
  'reason.nobody': 'Une fiche sans nom',
  'reason.answered': '{crm} a répondu : « {answer} »',
  'reason.missing_email': '{name} n’a pas d’adresse e-mail dans {crm} : la fiche ne peut pas entrer.',
  'reason.missing_email.kept': '{crm} n’a plus d’adresse e-mail pour {name}. Celle de Tandem reste.',
  'reason.invalid_email': '« {field} » de {name} n’est pas une adresse e-mail : « {value} ».',
  'reason.invalid_email.plain': '« {field} » de {name} n’est pas une adresse e-mail que {crm} accepte.',
  'reason.invalid_email.record': 'L’adresse e-mail de {name} n’est pas de celles que {crm} accepte.',
  'reason.duplicate_in_crm':
    '{crm} a plusieurs fiches avec l’adresse de {name} ; « {other} » est celle qui est synchronisée.',
  'reason.duplicate_in_crm.plain':
    '{crm} a plusieurs fiches avec l’adresse de {name} ; c’est une autre qui est synchronisée.',
  'reason.shared_email':
    'Plusieurs personnes dans {crm} partagent l’adresse de {name} ; « {other} » est celle qui est synchronisée.',
  'reason.shared_email.plain':
    'Plusieurs personnes dans {crm} partagent l’adresse de {name} ; c’est une autre qui est synchronisée.',
  'reason.address_taken.contact': 'L’adresse {value} de {name} appartient déjà à {other}.',
  'reason.address_taken': 'L’adresse e-mail de {name} appartient déjà à « {other} » : elle n’est pas écrite.',
  'reason.address_taken.value': 'L’adresse e-mail de {name} appartient déjà à une autre fiche dans {crm} ({otherId}).',
  'reason.address_taken.record': 'L’adresse e-mail de {name} appartient déjà à une autre fiche dans {crm}.',
  'reason.not_stored': '{crm} a dit que « {field} » de {name} est enregistré, mais garde l’ancienne valeur.',
  'reason.not_stored.record':
    '{crm} a dit que {name} est enregistré, mais un champ garde l’ancienne valeur, sans dire lequel.',
  'reason.missing_required': '{crm} exige « {field} », et {name} n’y a pas de valeur.',
  'reason.missing_required.record': '{crm} exige un champ où {name} n’a pas de valeur, sans dire lequel.',
  'reason.too_long': '« {field} » de {name} est trop long : au plus {max} caractères tiennent.',
  'reason.too_long.plain': '« {field} » de {name} est trop long pour {crm}.',
  'reason.too_long.record': 'Une valeur de {name} est trop longue pour {crm}, qui ne dit pas dans quel champ.',
  'reason.not_in_list': '« {value} » de {name} n’est pas dans la liste de « {field} » dans {crm}.',
  'reason.not_in_list.plain': 'La valeur de « {field} » de {name} n’est pas dans la liste que {crm} a pour ce champ.',
  'reason.not_in_list.record':
    'Une valeur de {name} n’est pas dans une liste de {crm}, qui ne dit pas dans quel champ.',
  'reason.wrong_type': '« {field} » de {name} ne convient pas : « {value} ». Il y faut {expected}.',
  'reason.wrong_type.value':
    '« {field} » de {name} ne convient pas : « {value} » est d’un autre type que le champ dans {crm}.',
  'reason.wrong_type.plain': '« {field} » de {name} est d’un autre type que le champ dans {crm}.',
  'reason.wrong_type.record':
    'Une valeur de {name} est d’un autre type que son champ dans {crm}, qui ne dit pas lequel.',
  'reason.unmapped_value':
    '« {value} » de {name} n’est pas dans la liste de « {field} » dans Tandem, et la ligne ne l’ajoute pas.',
  'reason.unmapped_value.plain':
    'La valeur de « {field} » de {name} n’est pas dans sa liste dans Tandem, et la ligne ne l’ajoute pas.',
  'reason.unmapped_value.record':
    'Une valeur de {name} n’est pas dans sa liste dans Tandem, et la ligne ne l’ajoute pas ; {crm} ne dit pas laquelle.',
  'reason.unmapped_value.paused':
    '« {value} » de {name} n’a pas été ajoutée : « {field} » a reçu tant de nouvelles valeurs qu’il ressemble à un texte libre.',
  'reason.unmapped_value.removed':
    '« {value} » de {name} a été retirée de la liste de « {field} » par quelqu’un : elle n’est pas ajoutée de nouveau.',
  'reason.converted_lead':
    'Le lead {name} a été converti dans {crm} et appartient maintenant aux commerciaux : rien n’est écrit sur sa fiche.',
  'reason.belongs_to_sales':
    '{name} est un contact dans {crm} : les contacts ne font qu’entrer, rien n’est écrit sur la fiche.',
  'reason.duplicate_rule': '{crm} refuse {name} : une autre fiche y a le même « {field} ».',
  'reason.duplicate_rule.record': '{crm} refuse la fiche de {name} : une règle de doublons en a trouvé une semblable.',
  'reason.no_permission': '{crm} ne laisse pas l’utilisateur d’intégration écrire « {field} » de {name}.',
  'reason.no_permission.record': '{crm} ne laisse pas l’utilisateur d’intégration écrire la fiche de {name}.',
  'reason.no_permission.not_there':
    '« {field} » de {name} n’est pas écrit : la fiche dans {crm} est d’une sorte qui n’a pas ce champ.',
  'reason.validation_rule': 'Une règle de {crm} refuse « {field} » de {name}.',
  'reason.validation_rule.record': 'Une règle de {crm} refuse la fiche de {name}, sans nommer de champ.',
  'reason.record_locked': 'La fiche de {name} est verrouillée dans {crm} : rien n’y est écrit.',
  'reason.gone': 'La fiche de {name} n’est plus dans {crm}.',
  'reason.rejected_by_crm': '{crm} refuse « {field} » de {name} pour une raison qui lui est propre.',
  'reason.rejected_by_crm.record':
    '{crm} refuse la fiche de {name} pour une raison qui lui est propre, sans nommer de champ.',
  'todo.missing_email': 'Saisissez une adresse dans {crm} ; la fiche entre à la synchronisation suivante.',
  'todo.missing_email.kept': 'Saisissez de nouveau l’adresse dans {crm}.',
  'todo.invalid_email': 'Corrigez l’adresse là où elle a été saisie, dans {crm} ou dans Tandem.',
  'todo.duplicate_in_crm': 'Fusionnez les fiches dans {crm} ; le lien suit.',
  'todo.shared_email': 'Donnez à chacun sa propre adresse dans {crm}.',
  'todo.address_taken.contact':
    'Fusionnez les deux s’il s’agit de la même personne ; sinon, corrigez l’une des deux adresses.',
  'todo.address_taken': 'Corrigez l’une des deux adresses, ou fusionnez les deux.',
  'todo.not_stored': 'Cherchez un automatisme sur ce champ dans {crm}, ou ne laissez qu’entrer cette ligne.',
  'todo.missing_required': 'Remplissez le champ, ou fixez une valeur par défaut pour tous.',
  'todo.missing_required.record':
    'Demandez à l’administrateur de {crm} de quel champ il s’agit, puis associez-le ou fixez une valeur par défaut.',
  'todo.too_long': 'Raccourcissez la valeur, ou choisissez un champ plus long.',
  'todo.not_in_list': 'Associez la valeur à une de la liste, créez-la dans {crm}, ou laissez-la de côté.',
  'todo.wrong_type': 'Corrigez la valeur, ou choisissez un champ du même type.',
  'todo.unmapped_value': 'Associez la valeur à une valeur de la liste, ajoutez-la, ou laissez-la de côté.',
  'todo.unmapped_value.paused': 'Faites du champ un texte, ou laissez la liste prendre plus de nouvelles valeurs.',
  'todo.unmapped_value.removed': 'Remettez la valeur, associez-la à une autre, ou laissez-la de côté.',
  'todo.converted_lead': 'Rien : cela se clôt tout seul dès que le lien a suivi vers le contact.',
  'todo.belongs_to_sales': 'Rien : ce que les commerciaux modifient entre.',
  'todo.duplicate_rule': 'Fusionnez les deux dans {crm}, ou assouplissez la règle pour l’utilisateur d’intégration.',
  'todo.no_permission': 'Demandez à l’administrateur de {crm} de donner le droit à l’utilisateur d’intégration.',
  'todo.no_permission.not_there': 'Rien ; ou associez un champ que les deux sortes de fiches ont.',
  'todo.validation_rule': 'Remplissez ce que la règle demande, ou voyez avec son auteur dans {crm}.',
  'todo.record_locked': 'Attendez le déverrouillage, ou voyez avec la personne qui approuve, puis réessayez.',
  'todo.gone': 'Rien ; ou recréez-la depuis la page du contact.',
  'todo.rejected_by_crm': 'Montrez ceci à l’administrateur de {crm}, puis réessayez.',
};

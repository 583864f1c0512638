/**
 * Why a record was not deleted in the CRM (R18): the forms of `reason.<id>` and `todo.<id>` for `Fault.params.why` =
 * `deletion…`. The CRM's own words follow, quoted, as with every reason.
 */
export const deletionReasonsEn = {
  'reason.no_permission.deletion': '{crm} does not let the integration user delete the record of {name}.',
  'reason.no_permission.deletion_in_bin':
    '{crm} deleted the record of {name} into its recycle bin, and does not let the integration user empty it from there.',
  'reason.record_locked.deletion': 'The record of {name} is locked in {crm}, so it was not deleted.',
  'reason.validation_rule.deletion': 'A rule of {crm} does not let the record of {name} be deleted.',
  'reason.rejected_by_crm.deletion': '{crm} did not delete the record of {name}, for a reason of its own.',
  'reason.rejected_by_crm.deletion_related':
    '{crm} did not delete the record of {name}, because other records there belong to it.',
  'reason.rejected_by_crm.deletion_company':
    'The record of {name} is a company in {crm}, to which people belong, so it was not deleted.',
  'reason.rejected_by_crm.deletion_not_offered':
    'The record of {name} was not deleted: {crm} has no way to delete contacts and customers, which only become obsolete there.',
  'todo.no_permission.deletion':
    'Ask the administrator of {crm} to give the integration user the right to delete, then try again; or delete the record there by hand.',
  'todo.no_permission.deletion_in_bin':
    'Have the administrator of {crm} remove it from the recycle bin, or give the integration user that right and scope (see the guide), then try again.',
  'todo.record_locked.deletion': 'Wait until it is unlocked, or ask whoever approves it, then try again.',
  'todo.validation_rule.deletion': 'Ask whoever made the rule in {crm}, then try again.',
  'todo.rejected_by_crm.deletion':
    'Show this to the administrator of {crm}, then try again; or delete the record there by hand.',
  'todo.rejected_by_crm.deletion_related':
    'In {crm}, delete what belongs to the record or give it to another one, then try again.',
  'todo.rejected_by_crm.deletion_not_offered':
    'Set the record to obsolete in {crm}, and have its administrator remove the personal data there (work center Data Protection and Privacy).',
  'todo.rejected_by_crm.deletion_company':
    'Look at the record in {crm}; if the company shall go, delete it there by hand.',
} as const;

export const deletionReasonsFr: Record<keyof typeof deletionReasonsEn, string> = {
  'reason.no_permission.deletion': '{crm} ne laisse pas l’utilisateur d’intégration supprimer la fiche de {name}.',
  'reason.no_permission.deletion_in_bin':
    '{crm} a supprimé la fiche de {name} vers sa corbeille, et ne laisse pas l’utilisateur d’intégration l’en retirer.',
  'reason.record_locked.deletion': 'La fiche de {name} est verrouillée dans {crm} : elle n’a pas été supprimée.',
  'reason.validation_rule.deletion': 'Une règle de {crm} interdit de supprimer la fiche de {name}.',
  'reason.rejected_by_crm.deletion': '{crm} n’a pas supprimé la fiche de {name}, pour une raison qui lui est propre.',
  'reason.rejected_by_crm.deletion_related':
    '{crm} n’a pas supprimé la fiche de {name}, car d’autres fiches y sont rattachées.',
  'reason.rejected_by_crm.deletion_company':
    'La fiche de {name} est une entreprise dans {crm}, à laquelle des personnes appartiennent : elle n’a pas été supprimée.',
  'reason.rejected_by_crm.deletion_not_offered':
    'La fiche de {name} n’a pas été supprimée : {crm} n’a aucun moyen de supprimer contacts et clients, qui y deviennent seulement obsolètes.',
  'todo.no_permission.deletion':
    'Demandez à l’administrateur de {crm} de donner à l’utilisateur d’intégration le droit de supprimer, puis réessayez ; ou supprimez-y la fiche à la main.',
  'todo.no_permission.deletion_in_bin':
    'Faites-la retirer de la corbeille par l’administrateur de {crm}, ou donnez ce droit et cette portée à l’utilisateur d’intégration (voir le guide), puis réessayez.',
  'todo.record_locked.deletion': 'Attendez le déverrouillage, ou voyez avec la personne qui approuve, puis réessayez.',
  'todo.validation_rule.deletion': 'Voyez avec l’auteur de la règle dans {crm}, puis réessayez.',
  'todo.rejected_by_crm.deletion':
    'Montrez ceci à l’administrateur de {crm}, puis réessayez ; ou supprimez-y la fiche à la main.',
  'todo.rejected_by_crm.deletion_related':
    'Dans {crm}, supprimez ce qui est rattaché à la fiche, ou rattachez-le à une autre, puis réessayez.',
  'todo.rejected_by_crm.deletion_not_offered':
    'Passez la fiche à l’état obsolète dans {crm}, et faites-y retirer les données personnelles par l’administrateur (centre de travail Protection des données).',
  'todo.rejected_by_crm.deletion_company':
    'Regardez la fiche dans {crm} ; si l’entreprise doit disparaître, supprimez-la à la main.',
};

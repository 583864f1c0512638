/** Records that are still to be deleted in their CRM after an erasure (R18): what each waits for, and what to do. */
export const owedDeletionsEn = {
  'deletion.person': 'the erased person',
  'deletion.next':
    'It is deleted in {crm} with the next look, within a minute or after the synchronisation that is running.',
  'deletion.making':
    'It was being made in {crm} when the person was erased; it is looked for there by the link to Tandem, and deleted.',
  'deletion.again': '{why} It is asked again at {at}.',
  'deletion.again_todo': 'Nothing: it is asked again by itself.',
  'deletion.waits.off': 'It waits: the connection “{connection}” is switched off, and nothing is written to its CRM.',
  'deletion.waits_todo.off': 'Switch the connection on, or delete the record in {crm} yourself and tick it off here.',
  'deletion.waits.auth': 'It waits: the sign-in of “{connection}” has run out or is refused.',
  'deletion.waits_todo.auth': 'Sign in to {crm} again on the page of the connection; then it goes on by itself.',
  'deletion.waits.quota':
    'It waits until “{connection}” may call {crm} again: the share of the day’s calls is used up.',
  'deletion.waits_todo.quota': 'Nothing: it goes on by itself.',
  'deletion.waits.other_account': 'It waits: “{connection}” is signed in to another account than before.',
  'deletion.waits_todo.other_account': 'Decide on the page of the connection which account it is to work with.',
  'deletion.waits.person': 'It waits: “{connection}” is paused.',
  'deletion.waits_todo.person': 'Let the connection go on.',
  'deletion.why.no_right': '{crm} does not let the integration user delete records.',
  'deletion.todo.no_right':
    'Ask the administrator of {crm} for the right to delete, then try again; or delete the record there yourself and tick it off here.',
  'deletion.why.moved':
    'In {crm} the record has become another one, by a merge or a conversion, and that one is not certainly the erased person’s alone. Nothing was deleted.',
  'deletion.todo.moved':
    'Look at it in {crm}. If it is theirs, delete it there; if it is somebody else’s, take out what is theirs. Then tick it off here.',
  'deletion.why.kept': 'In {crm} the record was merged into one that was not to be deleted. Nothing was deleted.',
  'deletion.todo.kept': 'Look at it in {crm}, delete it there if it is to go after all, and tick it off here.',
  'deletion.why.came_back':
    'The record belongs to a contact of Tandem again: the person has come back since, or somebody else has the address. Nothing was deleted.',
  'deletion.todo.came_back': 'If it is to go all the same, delete it in {crm}; then tick it off here.',
  'deletion.why.disconnected': 'The connection “{connection}” was removed before {crm} had deleted the record.',
  'deletion.todo.disconnected': 'Delete it in {crm} yourself, and tick it off here.',
  'deletion.why.other_account':
    '“{connection}” is signed in to another account than the one that the record is in, so nothing was deleted.',
  'deletion.todo.other_account': 'Delete it in the former account of {crm} yourself, and tick it off here.',
  'deletion.why.no_way': '{crm} documents no way to delete records from outside.',
  'deletion.todo.no_way': 'Delete it in {crm} yourself, and tick it off here.',
  'refused.deletion_disconnected':
    'The connection was removed, so nothing can be deleted through it. Delete the record in the CRM yourself and tick it off.',
  'refused.record_not_theirs':
    'A record that was to be deleted is not this person’s, or has just gone. Nothing was erased: look again and decide.',
  'input.record_not_theirs': 'This is no record of this person, or it is deleted there already. Nothing was erased.',
  'input.no_deletion':
    '{crm} documents no way to delete records. Nothing was erased: leave it out, and delete it there yourself.',
  'input.connection_gone':
    'This connection was removed. Nothing was erased: leave it out, and delete the record there yourself.',
} as const;

export const owedDeletionsFr: Record<keyof typeof owedDeletionsEn, string> = {
  'deletion.person': 'cette personne effacée',
  'deletion.next':
    'Elle est supprimée dans {crm} au prochain passage, dans la minute ou après la synchronisation en cours.',
  'deletion.making':
    'Elle était en cours de création dans {crm} quand la personne a été effacée ; elle y est cherchée par le lien vers Tandem, puis supprimée.',
  'deletion.again': '{why} Nouvel essai le {at}.',
  'deletion.again_todo': 'Rien : l’essai se répète de lui-même.',
  'deletion.waits.off': 'Elle attend : la connexion « {connection} » est désactivée, rien n’est écrit dans son CRM.',
  'deletion.waits_todo.off': 'Activez la connexion, ou supprimez vous-même la fiche dans {crm} et cochez-la ici.',
  'deletion.waits.auth': 'Elle attend : l’accès de « {connection} » a expiré ou est refusé.',
  'deletion.waits_todo.auth': 'Reconnectez-vous à {crm} sur la page de la connexion ; la suite se fait d’elle-même.',
  'deletion.waits.quota':
    'Elle attend que « {connection} » puisse rappeler {crm} : la part des appels du jour est épuisée.',
  'deletion.waits_todo.quota': 'Rien : la suite se fait d’elle-même.',
  'deletion.waits.other_account': 'Elle attend : « {connection} » est reliée à un autre compte qu’avant.',
  'deletion.waits_todo.other_account': 'Décidez sur la page de la connexion avec quel compte elle doit travailler.',
  'deletion.waits.person': 'Elle attend : « {connection} » est en pause.',
  'deletion.waits_todo.person': 'Laissez la connexion reprendre.',
  'deletion.why.no_right': '{crm} ne laisse pas l’utilisateur d’intégration supprimer des fiches.',
  'deletion.todo.no_right':
    'Demandez à l’administrateur de {crm} le droit de supprimer, puis réessayez ; ou supprimez-y vous-même la fiche et cochez-la ici.',
  'deletion.why.moved':
    'Dans {crm}, la fiche en est devenue une autre, par fusion ou conversion, et celle-ci n’est pas à coup sûr celle de la seule personne effacée. Rien n’a été supprimé.',
  'deletion.todo.moved':
    'Regardez-la dans {crm}. Si elle est à cette personne, supprimez-la là-bas ; si elle est à quelqu’un d’autre, retirez-en ce qui est à elle. Puis cochez-la ici.',
  'deletion.why.kept':
    'Dans {crm}, la fiche a été fusionnée dans une autre qui ne devait pas être supprimée. Rien n’a été supprimé.',
  'deletion.todo.kept':
    'Regardez-la dans {crm}, supprimez-la là-bas si elle doit finalement disparaître, et cochez-la ici.',
  'deletion.why.came_back':
    'La fiche appartient de nouveau à un contact de Tandem : la personne est revenue depuis, ou quelqu’un d’autre a l’adresse. Rien n’a été supprimé.',
  'deletion.todo.came_back': 'Si elle doit disparaître quand même, supprimez-la dans {crm} ; puis cochez-la ici.',
  'deletion.why.disconnected': 'La connexion « {connection} » a été retirée avant que {crm} ait supprimé la fiche.',
  'deletion.todo.disconnected': 'Supprimez-la vous-même dans {crm}, et cochez-la ici.',
  'deletion.why.other_account':
    '« {connection} » est reliée à un autre compte que celui où se trouve la fiche : rien n’a été supprimé.',
  'deletion.todo.other_account': 'Supprimez-la vous-même dans l’ancien compte de {crm}, et cochez-la ici.',
  'deletion.why.no_way': '{crm} ne documente aucun moyen de supprimer des fiches de l’extérieur.',
  'deletion.todo.no_way': 'Supprimez-la vous-même dans {crm}, et cochez-la ici.',
  'refused.deletion_disconnected':
    'La connexion a été retirée : rien ne peut plus être supprimé par elle. Supprimez vous-même la fiche dans le CRM et cochez-la.',
  'refused.record_not_theirs':
    'Une fiche à supprimer n’est pas celle de cette personne, ou vient de disparaître. Rien n’a été effacé : regardez de nouveau et décidez.',
  'input.record_not_theirs':
    'Ce n’est pas une fiche de cette personne, ou elle y est déjà supprimée. Rien n’a été effacé.',
  'input.no_deletion':
    '{crm} ne documente aucun moyen de supprimer des fiches. Rien n’a été effacé : laissez-la de côté et supprimez-la là-bas vous-même.',
  'input.connection_gone':
    'Cette connexion a été retirée. Rien n’a été effacé : laissez-la de côté et supprimez la fiche là-bas vous-même.',
};

/** What the integration user may not do or see in a CRM, and who must change it. */
export const rightsEn = {
  'finding.no_right_to_create': 'The integration user may not create {object} records, so new people do not get there.',
  'finding_todo.no_right_to_create':
    'An administrator of the CRM gives the integration user the right to create {object} records; then check again. Or switch off sending people out here.',
  'finding.no_right_to_update': 'The integration user may not edit {object} records, although lines go there.',
  'finding_todo.no_right_to_update':
    'An administrator of the CRM gives the integration user the right to edit {object} records; then check again. Or let these lines come in only.',
  'finding.no_right_to_create_companies':
    'The integration user may not create {object} records: new contacts whose company is not in the CRM yet get there without it.',
  'finding_todo.no_right_to_create_companies':
    'An administrator of the CRM gives the integration user the right to create {object} records; then check again. Or let the line of the company come in only.',
  'finding.companies_demand_more':
    'The CRM makes no {object} record without “{fields}”: new contacts whose company is not there yet get there without it.',
  'finding_todo.companies_demand_more':
    'An administrator of the CRM gives these fields a default, or lets them be empty; then check again. Or let the line of the company come in only.',
  'finding.field_hidden': 'The field "{field}" is in {crm}, but the integration user does not see it.',
  'finding_todo.field_hidden':
    'An administrator of {crm} gives the integration user the right to read and edit “{field}”. In Salesforce: Setup › Permission Sets › the set of the integration user › Object Settings › Lead (or Contact) › Edit › tick Read and Edit at the field › Save. Then check again.',
  'finding.field_create_only':
    '“{field}” is given in the CRM when a person is made there; the integration user may not change it later.',
  'finding_todo.field_create_only':
    'An administrator of the CRM gives the integration user the right to edit “{field}”; then check again. Or let its line come in only. Until then later changes of it stay here: each stands in “To fix” with the person.',
  'finding.field_not_creatable':
    '“{field}” cannot be given when a contact is made in the CRM, and contacts are not changed later, so its line carries nothing there.',
  'finding_todo.field_not_creatable':
    'An administrator of the CRM gives the integration user the right to fill in “{field}” in new contacts; then check again. Or let its line come in only.',
  'finding.contact_lines_once':
    'Contacts belong to sales: their lines towards the CRM ({fields}) are carried when a contact is made there, and not later.',
  'finding_todo.contact_lines_once':
    'Nothing, if that is meant. Else let these lines come in only, so that they say what they do. Opt-outs always go out; score, status, source and address do where the setting “system fields on contacts” is on.',
  'finding.contact_lines_never':
    'Lines of contacts go towards the CRM ({fields}), but people are made there as leads, and contacts belong to sales: they carry nothing.',
  'finding_todo.contact_lines_never': 'Let these lines come in only, or let new people be made as contacts.',
} as const;

export const rightsFr: Record<keyof typeof rightsEn, string> = {
  'finding.no_right_to_create':
    'L’utilisateur d’intégration ne peut pas créer de fiches {object} : les nouvelles personnes n’y arrivent pas.',
  'finding_todo.no_right_to_create':
    'Un administrateur du CRM donne à l’utilisateur d’intégration le droit de créer des fiches {object} ; vérifiez ensuite à nouveau. Ou désactivez ici l’envoi des personnes.',
  'finding.no_right_to_update':
    'L’utilisateur d’intégration ne peut pas modifier les fiches {object}, alors que des lignes y vont.',
  'finding_todo.no_right_to_update':
    'Un administrateur du CRM donne à l’utilisateur d’intégration le droit de modifier les fiches {object} ; vérifiez ensuite à nouveau. Ou laissez ces lignes seulement entrer.',
  'finding.field_create_only':
    '« {field} » est donné dans le CRM quand une personne y est créée ; l’utilisateur d’intégration ne peut pas le modifier ensuite.',
  'finding_todo.field_create_only':
    'Un administrateur du CRM donne à l’utilisateur d’intégration le droit de modifier « {field} » ; vérifiez ensuite à nouveau. Ou laissez sa ligne seulement entrer. D’ici là, ses modifications ultérieures restent ici : chacune figure dans « À corriger » avec la personne.',
  'finding.field_not_creatable':
    '« {field} » ne peut pas être donné à la création d’un contact dans le CRM, et les contacts ne sont pas modifiés ensuite : sa ligne n’y porte rien.',
  'finding_todo.field_not_creatable':
    'Un administrateur du CRM donne à l’utilisateur d’intégration le droit de remplir « {field} » dans les nouveaux contacts ; vérifiez ensuite à nouveau. Ou laissez sa ligne seulement entrer.',
  'finding.contact_lines_once':
    'Les contacts appartiennent aux ventes : leurs lignes vers le CRM ({fields}) servent quand un contact y est créé, et pas ensuite.',
  'finding_todo.contact_lines_once':
    'Rien, si c’est voulu. Sinon, laissez ces lignes seulement entrer, pour qu’elles disent ce qu’elles font. Les désabonnements sortent toujours ; score, statut, source et adresse sortent si le réglage « champs système sur les contacts » est activé.',
  'finding.contact_lines_never':
    'Des lignes de contacts vont vers le CRM ({fields}), mais les personnes y sont créées comme prospects et les contacts appartiennent aux ventes : elles ne portent rien.',
  'finding_todo.contact_lines_never':
    'Laissez ces lignes seulement entrer, ou faites créer les nouvelles personnes comme contacts.',
  'finding.no_right_to_create_companies':
    'L’utilisateur d’intégration ne peut pas créer de fiches {object} : les nouveaux contacts dont l’entreprise n’est pas encore dans le CRM y arrivent sans elle.',
  'finding_todo.no_right_to_create_companies':
    'Un administrateur du CRM donne à l’utilisateur d’intégration le droit de créer des fiches {object} ; vérifiez ensuite à nouveau. Ou laissez la ligne de l’entreprise seulement entrer.',
  'finding.companies_demand_more':
    'Le CRM ne crée pas de fiche {object} sans « {fields} » : les nouveaux contacts dont l’entreprise n’y est pas encore y arrivent sans elle.',
  'finding_todo.companies_demand_more':
    'Un administrateur du CRM donne une valeur par défaut à ces champs, ou les laisse vides ; vérifiez ensuite à nouveau. Ou laissez la ligne de l’entreprise seulement entrer.',
  'finding.field_hidden': 'Le champ « {field} » est dans {crm}, mais l’utilisateur d’intégration ne le voit pas.',
  'finding_todo.field_hidden':
    'Un administrateur de {crm} donne à l’utilisateur d’intégration le droit de lire et de modifier « {field} ». Dans Salesforce : Configuration › Ensembles d’autorisations › l’ensemble de l’utilisateur d’intégration › Paramètres d’objet › Lead (ou Contact) › Modifier › cochez Lecture et Modification pour le champ › Enregistrer. Vérifiez ensuite à nouveau.',
};

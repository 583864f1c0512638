/** How an administrator of each CRM adds a choice to a list, and why a CRM does not make one for us. */
export const optionsEn = {
  'crm.salesforce.option':
    'In Salesforce: Setup › Object Manager › Lead (or Contact) › Fields & Relationships › “{field}” › Values › New. Standard fields and global value sets have their page under Setup › Picklist Value Sets. Then allow the value in the record types that the integration user has.',
  'crm.hubspot.option':
    'In HubSpot: Settings › Properties › “{field}” › Edit choices › Add an option. Some of HubSpot’s own lists cannot be changed.',
  'crm.pipedrive.option':
    'In Pipedrive: Settings › Data fields › Person › “{field}” › add an option. Lists that Pipedrive made itself cannot be changed.',
  'crm.zoho.option':
    'In Zoho CRM: Setup › Customization › Modules and Fields › Leads (or Contacts) › the layout › “{field}” › Edit properties › add an option.',
  'crm.zendesk-sell.option':
    'Sell lets only its administrators add choices, not programs. In Sell: Settings › Customize › Leads (or Contacts) › “{field}” › add a choice. Lead statuses: Settings › Leads › Lead statuses.',
  'crm.sap-c4c.option':
    'SAP lets only its administrators add choices, not programs. Your own fields: Adapt › the field “{field}” › List values › Add. SAP’s lists: Administrator › General settings › Code list maintenance. Then check the connection here.',
  'optionFault.no_permission':
    'The integration user may not change this list in {crm}. Give it the right to change fields, or add the choice by hand.',
  'optionFault.rejected_by_crm': '{crm} does not add the choice. Add it by hand. {crm} answered: “{vendor}”',
  'optionFault.rejected_by_crm.plain': '{crm} does not add the choice. Add it by hand.',
  'optionFault.gone': 'The field is not in {crm} any more. Check the connection.',
} as const;

export const optionsFr: Record<keyof typeof optionsEn, string> = {
  'crm.salesforce.option':
    'Dans Salesforce : Configuration › Gestionnaire d’objets › Lead (ou Contact) › Champs et relations › « {field} » › Valeurs › Nouveau. Les champs standard et les ensembles globaux ont leur page sous Configuration › Ensembles de valeurs de liste de sélection. Autorisez ensuite la valeur dans les types d’enregistrement de l’utilisateur d’intégration.',
  'crm.hubspot.option':
    'Dans HubSpot : Paramètres › Propriétés › « {field} » › Modifier les choix › Ajouter une option. Certaines listes propres à HubSpot ne se modifient pas.',
  'crm.pipedrive.option':
    'Dans Pipedrive : Paramètres › Champs de données › Personne › « {field} » › ajouter une option. Les listes créées par Pipedrive ne se modifient pas.',
  'crm.zoho.option':
    'Dans Zoho CRM : Configuration › Personnalisation › Modules et champs › Leads (ou Contacts) › la mise en page › « {field} » › Modifier les propriétés › ajouter une option.',
  'crm.zendesk-sell.option':
    'Sell ne laisse qu’à ses administrateurs, pas aux programmes, le droit d’ajouter des choix. Dans Sell : Settings › Customize › Leads (ou Contacts) › « {field} » › ajouter un choix. Statuts des leads : Settings › Leads › Lead statuses.',
  'crm.sap-c4c.option':
    'SAP ne laisse qu’à ses administrateurs, pas aux programmes, le droit d’ajouter des choix. Vos champs : Adapter › le champ « {field} » › Valeurs de liste › Ajouter. Listes de SAP : Administrateur › Paramètres généraux › Gestion des listes de codes. Vérifiez ensuite la connexion ici.',
  'optionFault.no_permission':
    'L’utilisateur d’intégration ne peut pas modifier cette liste dans {crm}. Donnez-lui le droit de modifier les champs, ou ajoutez le choix à la main.',
  'optionFault.rejected_by_crm': '{crm} n’ajoute pas le choix. Ajoutez-le à la main. {crm} a répondu : « {vendor} »',
  'optionFault.rejected_by_crm.plain': '{crm} n’ajoute pas le choix. Ajoutez-le à la main.',
  'optionFault.gone': 'Le champ n’est plus dans {crm}. Vérifiez la connexion.',
};

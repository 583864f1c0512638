import { consentFr } from './consent.ts';
import { deletionReasonsFr } from './deletion-reasons.ts';
import type { MessageKey } from './en.ts';
import { failuresFr } from './failures.ts';
import { fieldNamesFr } from './field-names.ts';
import { frVisitors } from './fr-visitors.ts';
import { loginFr } from './login.ts';
import { oauthFr } from './oauth.ts';
import { optionsFr } from './options.ts';
import { owedDeletionsFr } from './owed-deletions.ts';
import { reasonNamesFr } from './reason-names.ts';
import { reasonsFr } from './reasons.ts';
import { frReference } from './reference-texts.ts';
import { reportsFr } from './reports.ts';
import { rightsFr } from './rights.ts';
import { frShapes } from './shapes.ts';
import { signOnFr } from './sign-on.ts';
import { undoFr } from './undo.ts';

export const fr: Readonly<Record<MessageKey, string>> = {
  ...loginFr,
  ...consentFr,
  ...undoFr,
  ...oauthFr,
  ...optionsFr,
  ...owedDeletionsFr,
  ...signOnFr,
  ...reasonNamesFr,
  ...reasonsFr,
  ...failuresFr,
  ...fieldNamesFr,
  ...reportsFr,
  ...deletionReasonsFr,
  ...rightsFr,
  ...frVisitors,
  ...frReference,
  ...frShapes,
  'problem.400': 'La requête est illisible',
  'problem.401': 'Veuillez vous connecter',
  'problem.403': 'Vous n’en avez pas le droit',
  'problem.404': 'Introuvable',
  'problem.409': 'Impossible dans l’état actuel',
  'problem.410': 'C’est terminé',
  'problem.412': 'Modifié entre-temps',
  'problem.413': 'Requête trop volumineuse',
  'problem.422': 'Certaines valeurs ne peuvent pas être enregistrées ; rien n’a été modifié',
  'problem.429': 'Trop de requêtes',
  'problem.502': 'Le CRM ne répond pas comme il le devrait',
  'problem.500': 'Une erreur est survenue de notre côté',
  'detail.400':
    'Le corps n’est pas du JSON lisible. Envoyez un document JSON, avec le type de contenu application/json.',
  'detail.401': 'Connectez-vous, ou envoyez une clé d’API valide dans « Authorization: Bearer … ».',
  'detail.403': 'Il faut le droit « {scope} ». Demandez à un administrateur.',
  'detail.403_origin': 'La requête vient d’un autre site ({origin}). Utilisez Tandem à sa propre adresse.',
  'detail.404': 'Introuvable sous ce nom ou cet identifiant : {what}.',
  'detail.410_follow':
    'Cette position est trop ancienne, ou d’avant une restauration. Recommencez avec updatedSince, et comparez ce que vous avez.',
  'detail.413': 'Au plus {max} sont acceptés.',
  'detail.429': 'Attendez {seconds} secondes, puis réessayez.',
  'detail.429_one': 'Attendez une seconde, puis réessayez.',
  'detail.500': 'Le journal du serveur donne le détail sous la requête {requestId}.',
  'input.required': 'Champ obligatoire.',
  'input.unknown_key': 'Le réglage « {key} » n’existe pas.',
  'input.unknown_field': 'Le champ « {field} » n’existe pas.',
  'input.unknown_kind': '« {value} » est inconnu dans ce CRM ; possibles : {allowed}.',
  'input.unknown_crm': 'Il n’y a pas de connecteur « {value} » ; possibles : {allowed}.',
  'input.unknown_method': 'Ce CRM accepte : {allowed}.',
  'input.unknown_role': 'Les rôles sont : {allowed}.',
  'input.unknown_scope': 'Le droit « {value} » n’existe pas ; possibles : {allowed}.',
  'input.in_the_past': 'Ce moment est déjà passé.',
  'input.role_or_scopes': 'Indiquez un rôle ou une liste de droits.',
  'input.invalid_email': '« {value} » n’est pas une adresse e-mail.',
  'input.missing_email': 'Un contact doit avoir une adresse e-mail.',
  'input.email_taken': 'Un autre contact a cette adresse.',
  'input.password_common':
    'Beaucoup de gens choisissent celui-ci, il sera deviné en premier. Quelques mots à la suite valent mieux.',
  'input.password_too_short': 'Au moins {min} caractères.',
  'input.minimum_score_required':
    'Indiquez à partir de quel score les contacts partent vers le CRM (0 à 50 ; 0 : tout le monde).',
  'input.connection_name': 'Minuscules, chiffres et tirets uniquement.',
  'input.calculated': '« {field} » est calculé et ne peut pas être saisi.',
  'input.calculated_target': '« {field} » est calculé ici : cette ligne ne peut aller que vers le CRM.',
  'input.read_only_target': 'Le CRM ne laisse pas écrire « {field} » : cette ligne ne peut qu’entrer.',
  'input.origin_only_in': 'L’origine vient toujours du CRM : cette ligne ne peut qu’entrer.',
  'input.opt_out_both': 'Une désinscription doit aller dans les deux sens.',
  'input.opt_out_boolean': 'Une désinscription est un champ oui/non.',
  'input.required_only_in':
    'Le CRM exige « {field} » à la création : la ligne doit aussi aller vers le CRM, ou avoir une valeur par défaut.',
  'input.written_twice': 'Une autre ligne ({other}) écrit le même champ.',
  'input.no_timeline_here':
    'Tandem n’écrit ni activités ni notes dans {crm} : sa documentation ne dit pas comment en retrouver une.',
  'input.no_contacts_here': '{crm} ne distingue pas les contacts ; la case « Personnes » vaut pour tous.',
  'input.wrong_type': 'Une valeur de type {expected} est attendue.',
  'input.too_long': 'Au plus {max} caractères.',
  'input.option_fixed':
    'Des personnes ont déjà été lues selon ce choix. Pour un autre, déconnectez et créez une nouvelle connexion ; une liste peut encore s’allonger.',
  'input.option_twice': '« {value} » joue déjà un autre rôle.',
  'input.options_by_hand':
    '{crm} ne laisse pas les programmes ajouter des choix à « {field} ». Ajoutez-le là-bas à la main, puis réessayez.',
  'input.option_parted': '« {value} » contient un point-virgule, qui sépare plusieurs choix.',
  'input.one_decision': 'Dites une seule chose de cette valeur : map, create ou leaveOut.',
  'input.no_list_here':
    '« {field} » ne prend pas ses valeurs d’une liste. Associez les valeurs, ou laissez-les de côté.',
  'input.option_undecided': 'À choisir avant d’envoyer des personnes : c’est dans l’onglet de la connexion.',
  'input.option_yes_no': 'Oui ou non (true ou false), s’il vous plaît.',
  'input.option_number': 'Un nombre, s’il vous plaît.',
  'input.option_list': 'Choisissez-en au moins un.',
  'input.option_text': 'Écrivez-le ainsi : {example}',
  'input.not_in_list': '« {value} » n’est pas dans la liste.',
  'input.same_contact': 'Un contact ne peut pas être fusionné avec lui-même.',
  'input.erased_person': 'Cette personne a été effacée et n’est pas reprise d’une liste.',
  'input.filter_op': 'Cette comparaison ne va pas avec le champ ; possibles : {allowed}.',
  'input.not_found': 'Ce contact n’existe pas.',
  'input.field_key': 'Minuscules, chiffres et tirets bas, en commençant par une lettre.',
  'input.field_type': 'Le type « {value} » n’existe pas.',
  'input.taken': '« {value} » existe déjà.',
  'input.no_email_column': 'Aucune colonne n’est une adresse e-mail. Colonnes : {headings}.',
  'input.unknown_column': 'Le fichier n’a pas de colonne « {heading} ».',
  'input.no_line_for_field': 'Aucune ligne de correspondance ne remplit « {field} ». Ajoutez-en une.',
  'input.too_many_lines': 'Au plus {max} lignes par appel.',
  'input.unknown_time_zone': 'Ce fuseau horaire n’existe pas ; écrivez-le comme Europe/Paris.',
  'input.not_an_origin': 'Écrivez l’adresse du site sans chemin, comme https://www.example.com.',
  'input.phases_in_order': 'La phase d’achat commence au-dessus de la phase d’évaluation.',
  'input.not_when_following': 'Cela ne se combine pas avec updatedSince.',
  'input.needs_scope': 'Pour l’apprendre, il faut aussi le droit « {scope} ».',
  'input.webhook_address':
    'Il faut une adresse https, sans mot de passe ; http seulement vers une adresse privée autorisée ici.',
  'input.webhook_score': 'Dites à partir de quel score prévenir (1 à 50).',
  'input.file_too_large': 'Le fichier dépasse {max} Mo. Coupez-le en plusieurs listes.',
  'input.not_text':
    'Ce n’est pas un fichier CSV. Enregistrez la liste en « CSV UTF-8 » dans votre tableur, puis importez-la.',
  'input.csv_broken':
    'À partir de la ligne {line}, le fichier ne peut être lu : un guillemet est ouvert et jamais fermé. Corrigez-le, ou choisissez un autre séparateur.',
  'input.column_count': 'Le fichier a {count} colonnes.',
  'input.column_count_one': 'Le fichier a une colonne.',
  'input.column_twice': 'Deux colonnes remplissent « {field} ». Laissez-en une de côté.',
  'input.import_file_gone':
    'Le fichier a été retiré, parce qu’une personne qui y figure a été effacée. Importez une liste sans elle.',
  'input.other': '{message}',
  'input.spelling_taken': '« {value} » est déjà une graphie de « {other} ».',
  'input.same_value': 'Choisissez une autre valeur.',
  'input.field_built_in': "« {field} » est un champ d'origine : son nom et sa taille ne changent pas.",
  'input.field_type_stays': 'Seul un texte peut devenir un choix de liste, et seul un choix unique un texte.',
  'input.too_many_values':
    "Les contacts ont plus de {max} textes différents ou très longs dans ce champ : ce n'est pas une liste.",
  'input.owner_field': 'Dites quel champ indique à qui revient le contact, ou qui reçoit tout le monde.',
  'refused.import_status': 'Cette liste n’en est pas à ce point : quelque chose est en cours, ou c’est fini.',
  'refused.import_file_gone': 'Le fichier n’est plus là. Importez-le à nouveau.',
  'refused.worker_needs_postgres':
    'La base intégrée appartient à un seul processus : « tandem serve » travaille avec elle. Des workers à part demandent PostgreSQL (DATABASE_URL).',
  'refused.other_processes':
    'D’autres processus Tandem utilisent cette base ({count}). Arrêtez-les d’abord : ils ne connaissent que l’ancienne clé.',
  'refused.other_processes_one':
    'Un autre processus Tandem utilise cette base. Arrêtez-le d’abord : il ne connaît que l’ancienne clé.',
  'refused.connection_off': 'La connexion « {connection} » est désactivée. Activez-la d’abord, ou demandez un aperçu.',
  'refused.connection_restored':
    'Cette instance a été restaurée d’une sauvegarde et reste silencieuse. Confirmez d’abord que c’est la bonne.',
  'refused.changed_meanwhile': 'Quelqu’un a enregistré entre-temps. Rechargez la page.',
  'refused.name_taken': 'Une connexion s’appelle déjà « {name} ».',
  'refused.account_connected_already': 'Le compte « {account} » est déjà connecté.',
  'refused.email_taken': 'Un utilisateur a déjà l’adresse {email}.',
  'mail.invitation.subject': '{by} vous invite dans Tandem',
  'mail.invitation.text':
    'Bonjour,\n\n{by} vous invite dans Tandem à l’adresse {address}.\n\nChoisissez un mot de passe ici dans la semaine ; le lien sert une fois :\n{link}\n\nSi vous n’attendiez rien de tel, ne faites rien.',
  'mail.password_reset.subject': 'Un nouveau mot de passe pour Tandem',
  'mail.password_reset.text':
    'Bonjour,\n\nquelqu’un a demandé un nouveau mot de passe pour cette adresse. Si c’est vous, choisissez-le ici dans l’heure ; le lien sert une fois :\n{link}\n\nSi ce n’est pas vous, ne faites rien : votre mot de passe reste tel qu’il est.',
  'mail.access_request.subject': '{email} demande un accès à Tandem',
  'mail.access_request.text':
    '{email} n’a pas d’accès et en demande un.\n\nCe que cette personne dit : {note}\n\nInvitez-la, ou refusez, ici :\n{link}',
  'refused.invitation_sign_on':
    'Les mots de passe sont fermés ici : connectez-vous avec l’authentification de votre organisation, à l’adresse invitée.',
  'refused.invitation_over': 'Cette invitation a déjà servi ou est trop ancienne. Demandez-en une nouvelle.',
  'refused.break_glass':
    'Cet administrateur est le seul à entrer avec un mot de passe. Choisissez-en d’abord un autre sous Réglages › Connexion.',
  'refused.timeline_off': 'Activez d’abord le fil d’activité de {name}.',
  'refused.on_its_way': 'Un envoi vers un CRM pour {email} n’a pas encore de réponse. Réessayez dans une minute.',
  'privacy.title': 'Tout ce qui est enregistré sur {email}',
  'privacy.made': 'Fait le {at} par {address}.',
  'refused.other_person': 'L’adresse n’est pas celle de ce contact. Rien n’a été effacé.',
  'refused.segment_taken': 'Il y a déjà un segment nommé « {name} ».',
  'refused.bulk_moved': 'Désormais {now} contacts correspondent, et non {expected}. Regardez la liste à nouveau.',
  'refused.bulk_status':
    'Cette modification de contacts n’en est pas à ce point : elle est en cours, ou elle est finie.',
  'refused.last_admin': 'Le dernier administrateur doit rester.',
  'refused.setup_done': 'Il y a déjà un administrateur. Connectez-vous.',
  'refused.setup_code': 'Ce lien d’installation n’est plus valable. Créez-en un autre : tandem setup-link',
  'refused.webhook_off': 'Le webhook est désactivé. Activez-le d’abord.',
  'refused.webhook_quiet':
    'Cette instance est silencieuse : rien ne part tant que personne n’a dit que c’est la vraie.',
  'refused.delivery_sending': 'Il est en cours d’envoi.',
  'refused.not_a_plan': 'Cette synchronisation n’est pas un aperçu.',
  'refused.plan_not_finished': 'Cet aperçu n’est pas encore terminé.',
  'refused.not_paused': 'Cette synchronisation n’attend pas.',
  'refused.plan_expired': 'Cet aperçu est trop ancien. Refaites-en un.',
  'refused.values_changed': 'Les valeurs ont changé entre-temps. Regardez à nouveau avant de décider.',
  'refused.conflict_closed': 'Ce conflit est déjà clos.',
  'refused.idempotency_running': 'La même requête est encore en cours. Redemandez dans un instant.',
  'refused.idempotency_secret':
    'Cela a été fait à la première requête, dont la réponse contenait un secret montré une seule fois. S’il est perdu, créez-en un nouveau.',
  'refused.idempotency_forgotten':
    'Cela a été fait à la première requête. Sa réponse nommait une personne oubliée depuis : elle n’a pas été conservée.',
  'refused.idempotency_mismatch': 'Cette Idempotency-Key a servi pour une autre requête.',
  'refused.list_in_use': "La liste sert à {fields}. Donnez une autre liste à ces champs, ou supprimez-les d'abord.",
  'refused.value_in_use': '{count} contacts portent « {value} ». Réunissez-la plutôt avec une autre valeur.',
  'refused.value_in_use_one': 'Un contact porte « {value} ». Réunissez-la plutôt avec une autre valeur.',
  'refused.field_built_in': "« {field} » est un champ d'origine et reste.",
  'refused.field_mapped': "« {field} » figure dans la correspondance de {names}. Retirez d'abord ces lignes.",
  'refused.field_scored': "La règle de score {names} regarde « {field} ». Modifiez-la d'abord.",
  'refused.field_asked': 'Le formulaire {names} demande « {field} ». Modifiez-le d’abord.',
  'refused.value_scored': 'La règle de score {names} nomme « {value} ». Modifiez-la d’abord.',
  'refused.value_in_form': 'Le formulaire {names} remplit « {value} ». Modifiez-le d’abord.',
  'refused.field_has_values':
    '{count} contacts ont une valeur dans « {field} ». Confirmez que ces valeurs peuvent être effacées.',
  'refused.field_has_values_one':
    'Un contact a une valeur dans « {field} ». Confirmez que cette valeur peut être effacée.',
  'finding.missing_right': 'L’utilisateur d’intégration ne peut pas lire {object}.',
  'finding.missing_scope': 'Le jeton n’a pas la portée « {scope} ». Créez-en un qui l’a et saisissez-le ici.',
  'finding.end_of_life':
    'D’après son éditeur, {product} s’arrête le {date}. D’ici là tout fonctionne ; prévoyez dès maintenant l’outil suivant de vos commerciaux. Ce qui a été synchronisé reste dans Tandem et peut être exporté ou envoyé vers un autre CRM.',
  'finding.opt_out_code_unknown':
    'Tandem ne peut pas savoir quel code de « {field} » signifie « pas de contact » ({codes}) : les désinscriptions ne sont pas synchronisées. Indiquez le code dans les options de la connexion (optOutCode).',
  'finding.certificate_ends':
    'Le certificat qui répond de Tandem expire dans {days} jours. Créez-en un nouveau, enregistrez-le dans SAP et saisissez-le ici.',
  'finding.certificate_ends_one':
    'Le certificat qui répond de Tandem expire dans un jour. Créez-en un nouveau, enregistrez-le dans SAP et saisissez-le ici.',
  'finding.mapped_field_missing': 'Le champ « {field} » n’est plus dans le CRM ; sa ligne est suspendue.',
  'finding.mapped_field_misspelt': 'Le champ « {field} » n’existe pas. « {guess} » existe : est-ce celui-ci ?',
  'finding.required_not_mapped': 'Le CRM exige « {field} » à la création, et aucune ligne ne le remplit.',
  'finding.sync_field_missing':
    'Le champ de synchronisation « {field} » n’est pas dans le CRM. Créez-le, ou choisissez-en un autre.',
  'finding.sync_field_misspelt':
    'Le champ de synchronisation « {field} » n’existe pas. « {guess} » existe : est-ce celui-ci ?',
  'finding.system_field_missing': 'Le champ « {field} » n’est pas encore dans le CRM. Nous pouvons le créer pour vous.',
  'finding.system_field_by_hand':
    'Le champ « {field} » n’est pas encore dans {crm}. {crm} n’a pas d’interface pour créer des champs : quelqu’un le crée là-bas à la main.',
  'finding.field_not_searchable':
    '{crm} ne permet pas de chercher par « {field} » : les personnes déjà présentes ne seraient pas retrouvées.',
  'finding.other_account':
    'Ces identifiants mènent à un autre compte ({now}) qu’avant ({was}). Rien n’a été lu ni écrit.',
  'finding.account_connected_already': 'Le compte « {account} » est déjà connecté.',
  'finding.owner_unknown':
    "Personne dans le CRM n'a l'adresse {email} que cite la table des propriétaires. Les nouvelles fiches vont au remplaçant.",
  'finding.owner_inactive':
    '{email} est désactivé dans le CRM, mais la table des propriétaires cite cette personne. Les nouvelles fiches vont au remplaçant.',
  'finding.owners_unreadable':
    "L'utilisateur d'intégration ne voit pas les utilisateurs du CRM : personne ne peut être choisi comme propriétaire. Donnez-lui le droit de les lire.",
  'crm.salesforce.lead': 'Dans Salesforce : l’objet Lead, tant qu’il n’est pas converti.',
  'crm.salesforce.contact': 'Dans Salesforce : l’objet Contact.',
  'crm.hubspot.lead': 'Dans HubSpot : les contacts des étapes subscriber à sales qualified lead.',
  'crm.hubspot.contact': 'Dans HubSpot : les contacts à partir de l’étape opportunity.',
  'crm.pipedrive.person': 'Dans Pipedrive : toutes les personnes. Pipedrive ne distingue pas leads et contacts.',
  'crm.zoho.lead': 'Dans Zoho CRM : le module Leads, tant qu’ils ne sont pas convertis.',
  'crm.zoho.contact': 'Dans Zoho CRM : le module Contacts.',
  'crm.zendesk-sell.lead': 'Dans Sell : les leads, tant qu’ils ne sont pas convertis.',
  'crm.zendesk-sell.contact': 'Dans Sell : les contacts qui sont des personnes, pas des sociétés.',
  'crm.sap-c4c.lead':
    'Dans SAP C4C : les leads tant qu’ils ne sont pas convertis (ou l’objet choisi comme lead dans les options).',
  'crm.sap-c4c.contact':
    'Dans SAP C4C : les contacts des entreprises et les clients particuliers (ou les objets choisis comme contacts dans les options).',
  'finding.credentials_end': 'Les identifiants expirent le {date}.',
  'finding.field_not_writable':
    'L’utilisateur d’intégration ne peut pas écrire « {field} », alors que sa ligne va vers le CRM.',
  'finding.quota_low': 'Il ne reste que {remaining} appels sur {limit} aujourd’hui.',
  'mail.expiry.subject': '{name} : une échéance le {date}',
  'mail.expiry.text': '{finding}\n\nQue faire : {todo}\n\n{link}',
  'finding_todo.missing_right':
    'Donnez à l’utilisateur d’intégration le droit de lire, créer et modifier dans le CRM, puis vérifiez à nouveau.',
  'finding_todo.missing_scope':
    'Ajoutez la permission au jeton ou à l’application dans le CRM, puis saisissez à nouveau le jeton.',
  'finding_todo.end_of_life':
    'Préparez le déménagement : connectez le nouveau CRM à côté, laissez les personnes se retrouver par adresse, puis déconnectez celui-ci.',
  'finding_todo.opt_out_code_unknown': 'Choisissez la bonne valeur dans les options de la connexion.',
  'finding_todo.certificate_ends': 'Créez un nouveau certificat, déposez-le dans le CRM, et saisissez sa clé ici.',
  'finding_todo.mapped_field_missing': 'Choisissez un autre champ sur la ligne, ou désactivez-la.',
  'finding_todo.mapped_field_misspelt': 'Choisissez sur la ligne le champ trouvé.',
  'finding_todo.required_not_mapped':
    'Associez-lui un champ, ou donnez une valeur par défaut ; sinon les nouvelles personnes sont rejetées.',
  'finding_todo.sync_field_missing': 'Créez-le avec le bouton, ou nommez un autre champ sous Qui entre.',
  'finding_todo.sync_field_misspelt': 'Nommez le champ trouvé sous Qui entre.',
  'finding_todo.system_field_missing': 'Créez-le avec le bouton, ou demandez à un administrateur du CRM.',
  'finding_todo.system_field_by_hand':
    'Le guide à côté de cet onglet, « Nos champs », donne son nom, son type, sa longueur et chaque étape. Vérifiez ensuite à nouveau.',
  'finding_todo.field_not_searchable':
    'Demandez à un administrateur du CRM de rendre le champ filtrable, puis vérifiez à nouveau.',
  'finding_todo.other_account':
    'Saisissez les identifiants du compte de cette connexion, ou créez une nouvelle connexion.',
  'finding_todo.account_connected_already': 'Utilisez la connexion existante.',
  'finding_todo.owner_unknown': 'Choisissez un autre propriétaire dans la table des propriétaires.',
  'finding_todo.owner_inactive': 'Choisissez un propriétaire actif dans la table des propriétaires.',
  'finding_todo.owners_unreadable': 'Donnez à l’utilisateur d’intégration le droit de lire les utilisateurs.',
  'finding_todo.credentials_end': 'Créez de nouveaux identifiants dans le CRM et saisissez-les ici avant ce jour.',
  'finding_todo.field_not_writable':
    'Donnez à l’utilisateur d’intégration le droit de modifier le champ, ou laissez la ligne seulement entrer.',
  'finding_todo.quota_low': 'Augmentez le quota dans le CRM, ou synchronisez moins souvent.',
  'type.text': 'du texte',
  'type.longText': 'du texte long',
  'type.number': 'un nombre',
  'type.date': 'une date',
  'type.dateTime': 'une date et heure',
  'type.localDateTime': 'une date et heure',
  'type.boolean': 'oui ou non',
  'type.oneOf': 'un choix',
  'type.manyOf': 'plusieurs choix',
  'type.email': 'une adresse e-mail',
  'type.phone': 'un numéro de téléphone',
  'type.url': 'une adresse web',
  'schema.renamed':
    '« {field} » ({key}) n’est plus dans {crm} ; ce serait maintenant « {to} » ({toKey}). Sa ligne est suspendue.',
  'schema.removed': '« {field} » ({key}) n’est plus dans {crm}. Sa ligne est suspendue ; rien d’autre n’est touché.',
  'schema.retyped':
    '« {field} » contient maintenant {toType} dans {crm}, et non plus {fromType}. Sa ligne attend votre regard.',
  'schema.required': '{crm} exige désormais « {field} » à la création d’une fiche.',
  'schema.read_only': '{crm} ne laisse plus écrire « {field} ». Sa ligne est suspendue.',
  'schema.options':
    'Des choix de « {field} » ont disparu de {crm} : {gone}. Les valeurs concernées sont rejetées une à une.',
  'schema_todo.renamed': 'Reprenez le nouveau nom : la ligne continue là où elle en était.',
  'schema_todo.removed': 'Choisissez le champ qui le remplace, ou désactivez la ligne.',
  'schema_todo.retyped':
    'Laissez la ligne continuer : les valeurs qui ne conviennent pas sont rejetées et nommées. Ou désactivez-la.',
  'schema_todo.required':
    'Donnez une valeur par défaut, ou associez un champ, pour que de nouvelles fiches puissent être créées.',
  'schema_todo.read_only': 'Laissez la ligne seulement entrer, ou désactivez-la.',
  'schema_todo.options': 'Associez les valeurs à d’autres choix dans la table de la ligne.',
  'guard.breaker': 'Personne ne surveillait, et {count} fiches changeraient ({effects}) : plus de {max}.',
  'guard.mass_deletion': '{count} fiches liées ont disparu : plus de {max}.',
  'guard.differs': 'Bien plus que l’aperçu approuvé ({effects} : {count} au lieu de {max} au plus).',
  'guard.todo': 'Rien n’est écrit. Pour laisser continuer : tandem approve {id}',
  'fix.off': 'Activez la connexion sous Configuration.',
  'fix.paused.quota': 'Rien : elle reprend dès que le CRM permet à nouveau des appels.',
  'fix.paused.breaker': 'Regardez dans l’historique la synchronisation qui attend, et laissez-la passer.',
  'fix.paused.mass_deletion': 'Regardez dans l’historique la synchronisation qui attend, et laissez-la passer.',
  'fix.paused.auth': 'Entrez à nouveau les identifiants de {connection}.',
  'fix.paused.other_account': 'Entrez les identifiants du bon compte.',
  'fix.paused.schema': 'Regardez les lignes suspendues de la correspondance.',
  'fix.paused.restored': 'Dites que c’est l’instance active : tandem resume.',
  'fix.paused.undone':
    'Une synchronisation a été annulée. Laissez reprendre {connection} quand tout est comme vous le voulez.',
  'fix.paused.person': 'Continuez : quelqu’un a mis {connection} en pause.',
  'fix.export_on': 'Cochez « Envoyer des contacts vers le CRM » dans la configuration de {connection}.',
  'fix.archived': 'Sortez le contact des archives.',
  'fix.points': 'Il manque {missing} points.',
  'fix.points_one': 'Un point de plus suffirait.',
  'fix.points_once': 'Il manque {missing} points : un « {rule} » en donne {points}.',
  'fix.points_once_one': 'Un point de plus suffirait : un « {rule} » en donne {points}.',
  'fix.points_times': 'Il manque {missing} points : « {rule} » {times} fois en donne {points} chacun.',
  'fix.taking_part.box_off': 'Cochez la case de ce type de fiche sous Configuration.',
  'fix.taking_part.not_ticked': 'Cochez le champ « {field} » de la fiche dans le CRM.',
  'fix.taking_part.deleted_in_crm': 'Rien ne se fait seul : restaurez la fiche dans le CRM, ou recréez-y la personne.',
  'fix.taking_part.merged_away': 'Rien : la fiche vit dans celle avec laquelle elle a été fusionnée.',
  'fix.taking_part.converted': 'Rien : les commerciaux ont le contact qu’elle est devenue.',
  'fix.lead': 'Rien : les contacts appartiennent aux commerciaux ; leurs changements entrent.',
  'fix.waits': 'Rien : cela part avec la prochaine synchronisation. Synchronisez pour l’envoyer tout de suite.',
  'gate.connection_on': 'La connexion {connection} est active et non suspendue.',
  'gate.export_on': 'Les contacts sont envoyés vers ce CRM.',
  'gate.archived': 'Archivé : créé dans aucun CRM tant qu’il n’est pas désarchivé.',
  'gate.score': 'Score : {score} sur {minimum} points.',
  'gate.linked': 'Lié à la fiche {id} ({kind}).',
  'gate.taking_part': 'Participe à la synchronisation.',
  'gate.lead': 'Est un prospect : les contacts appartiennent aux commerciaux et ne font qu’entrer.',
  'gate.rejected': 'Rejeté : {reasonName} {label}.',
  'gate.nothing_waits': 'Rien n’attend d’être envoyé.',
  'gate.waits': 'Une modification attend la prochaine synchronisation ({reason}).',
};

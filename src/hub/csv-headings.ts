import type { FieldSchema } from '../core/model.ts';

/** What people write above a column, folded, in English and French, and the hub field they mean. */
const KNOWN: Readonly<Record<string, string>> = {
  email: 'email',
  'e mail': 'email',
  mail: 'email',
  courriel: 'email',
  'adresse email': 'email',
  'adresse e mail': 'email',
  'email address': 'email',
  'first name': 'first_name',
  firstname: 'first_name',
  'given name': 'first_name',
  prenom: 'first_name',
  'last name': 'last_name',
  lastname: 'last_name',
  surname: 'last_name',
  'family name': 'last_name',
  nom: 'last_name',
  'nom de famille': 'last_name',
  company: 'company',
  'company name': 'company',
  organisation: 'company',
  organization: 'company',
  societe: 'company',
  entreprise: 'company',
  'job title': 'job_title',
  jobtitle: 'job_title',
  title: 'job_title',
  fonction: 'job_title',
  poste: 'job_title',
  phone: 'phone',
  telephone: 'phone',
  tel: 'phone',
  'phone number': 'phone',
  mobile: 'mobile',
  'mobile phone': 'mobile',
  portable: 'mobile',
  'telephone mobile': 'mobile',
  street: 'street',
  address: 'street',
  adresse: 'street',
  rue: 'street',
  city: 'city',
  town: 'city',
  ville: 'city',
  'postal code': 'postal_code',
  postcode: 'postal_code',
  zip: 'postal_code',
  'zip code': 'postal_code',
  'code postal': 'postal_code',
  state: 'state',
  region: 'state',
  province: 'state',
  departement: 'state',
  country: 'country',
  pays: 'country',
  website: 'website',
  'web site': 'website',
  'site web': 'website',
  site: 'website',
  language: 'language',
  langue: 'language',
  status: 'status',
  statut: 'status',
  notes: 'notes',
  note: 'notes',
  commentaire: 'notes',
  'opt out': 'opt_out',
  optout: 'opt_out',
  unsubscribed: 'opt_out',
  desinscrit: 'opt_out',
  desabonne: 'opt_out',
};

/** The column that tells when a row was last changed (R9). */
const UPDATED = new Set([
  'updated at',
  'modified at',
  'last modified',
  'updated',
  'modifie le',
  'mis a jour le',
  'date de modification',
]);

const fold = (heading: string): string =>
  heading
    .normalize('NFD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, ' ')
    .trim();

/** `updated_at`: the row's own date; null: left out. */
export type ColumnTarget = string | null;

/** Proposes a hub field for each heading, each field once; a custom field is found by key or label. Nothing is guessed beyond the list. */
export function proposeTargets(headings: readonly string[], fields: readonly FieldSchema[]): readonly ColumnTarget[] {
  const own = new Map(
    fields.flatMap(
      (field) =>
        [
          [fold(field.key), field],
          [fold(field.label), field],
        ] as const,
    ),
  );
  const taken = new Set<string>();
  return headings.map((heading) => {
    const folded = fold(heading);
    const target = UPDATED.has(folded) ? 'updated_at' : (KNOWN[folded] ?? own.get(folded)?.key ?? null);
    const calculated = fields.some((field) => field.key === target && field.calculated);
    if (target === null || calculated || taken.has(target)) return null;
    taken.add(target);
    return target;
  });
}

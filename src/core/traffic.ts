/**
 * Where a visit came from: medium and source by published rules (`docs/tracking.md`), in the original's order. Pure.
 */
export const MEDIA = [
  'paid_search',
  'email',
  'social',
  'affiliates',
  'display',
  'other',
  'organic',
  'referral',
  'direct',
  /** Entered by hand, by a list or by a CRM: no visit. */
  'offline',
] as const;
export type Medium = (typeof MEDIA)[number];

export interface Touch {
  readonly medium: Medium;
  /** Who sent the visitor: `google`, a host name, what `utm_source` says; null: nobody did. */
  readonly source: string | null;
  readonly campaign: string | null;
}

export interface Arrival {
  /** Address of the page that was opened, with its parameters. */
  readonly page: string;
  /** Address of the page before; empty: none. */
  readonly referrer: string;
}

const UTM_MEDIA: Readonly<Record<string, Medium>> = {
  cpc: 'paid_search',
  ppc: 'paid_search',
  paid: 'paid_search',
  sem: 'paid_search',
  paidsearch: 'paid_search',
  paid_search: 'paid_search',
  'paid-search': 'paid_search',
  email: 'email',
  'e-mail': 'email',
  mail: 'email',
  newsletter: 'email',
  emailing: 'email',
  social: 'social',
  'social-media': 'social',
  social_media: 'social',
  socialmedia: 'social',
  'social-network': 'social',
  sm: 'social',
  affiliate: 'affiliates',
  affiliates: 'affiliates',
  affiliation: 'affiliates',
  display: 'display',
  banner: 'display',
  cpm: 'display',
  organic: 'organic',
  referral: 'referral',
};

const SOURCE_NAMES: Readonly<Record<string, string>> = { fb: 'facebook', ig: 'instagram', li: 'linkedin' };

const ENGINES: readonly (readonly [RegExp, string])[] = [
  [/(^|\.)google\.[a-z.]+$/, 'google'],
  [/(^|\.)bing\.com$/, 'bing'],
  [/(^|\.)duckduckgo\.com$/, 'duckduckgo'],
  [/(^|\.)qwant\.com$/, 'qwant'],
  [/(^|\.)ecosia\.org$/, 'ecosia'],
  [/(^|\.)search\.yahoo\.[a-z.]+$/, 'yahoo'],
  [/(^|\.)yandex\.[a-z.]+$/, 'yandex'],
  [/(^|\.)baidu\.com$/, 'baidu'],
  [/(^|\.)startpage\.com$/, 'startpage'],
  [/^search\.brave\.com$/, 'brave'],
];
const NETWORKS: readonly (readonly [RegExp, string])[] = [
  [/(^|\.)(facebook\.com|fb\.com|fb\.me)$/, 'facebook'],
  [/(^|\.)instagram\.com$/, 'instagram'],
  [/(^|\.)(linkedin\.com|lnkd\.in)$/, 'linkedin'],
  [/(^|\.)(twitter\.com|x\.com|t\.co)$/, 'x'],
  [/(^|\.)(youtube\.com|youtu\.be)$/, 'youtube'],
  [/(^|\.)tiktok\.com$/, 'tiktok'],
  [/(^|\.)pinterest\.[a-z.]+$/, 'pinterest'],
  [/(^|\.)reddit\.com$/, 'reddit'],
  [/(^|\.)xing\.com$/, 'xing'],
  [/(^|\.)(threads\.net|threads\.com)$/, 'threads'],
  [/(^|\.)(bsky\.app|mastodon\.[a-z]+)$/, 'fediverse'],
];

const named = (table: readonly (readonly [RegExp, string])[], host: string): string | undefined =>
  table.find(([pattern]) => pattern.test(host))?.[1];

const urlOf = (text: string): URL | null => (URL.canParse(text) ? new URL(text) : null);
const hostOf = (url: URL | null): string => url?.hostname.toLowerCase().replace(/^www\./, '') ?? '';

/** A parameter as short plain text; null: it is not there. */
const parameter = (page: URL | null, name: string): string | null => {
  const value = page?.searchParams.get(name)?.trim().slice(0, 100) ?? '';
  return value === '' ? null : value;
};

/** `gclid` › `cid` › `utm_medium` › who referred › direct. A page of the same site refers to nothing new. */
export function touchOf(arrival: Arrival): Touch {
  const page = urlOf(arrival.page);
  const utmSource = parameter(page, 'utm_source')?.toLowerCase() ?? null;
  const campaign = parameter(page, 'utm_campaign');
  const source = utmSource === null ? null : (SOURCE_NAMES[utmSource] ?? utmSource);
  const referrer = urlOf(arrival.referrer);
  const host = hostOf(referrer) === hostOf(page) ? '' : hostOf(referrer);
  const sender = named(ENGINES, host) ?? named(NETWORKS, host) ?? (host === '' ? null : host);
  if (parameter(page, 'gclid') !== null) return { medium: 'paid_search', source: source ?? 'google', campaign };
  if (parameter(page, 'msclkid') !== null) return { medium: 'paid_search', source: source ?? 'bing', campaign };
  if (parameter(page, 'cid') !== null) return { medium: 'email', source: source ?? sender, campaign };
  const utmMedium = parameter(page, 'utm_medium')?.toLowerCase();
  if (utmMedium !== undefined) return { medium: UTM_MEDIA[utmMedium] ?? 'other', source: source ?? sender, campaign };
  if (named(NETWORKS, host) !== undefined) return { medium: 'social', source: source ?? sender, campaign };
  if (named(ENGINES, host) !== undefined) return { medium: 'organic', source: source ?? sender, campaign };
  if (host !== '') return { medium: 'referral', source: source ?? host, campaign };
  return source === null ? { medium: 'direct', source: null, campaign } : { medium: 'other', source, campaign };
}

export interface Touches {
  readonly source?: string | null;
  readonly medium?: string | null;
}

/**
 * The four fields of a contact after another arrival: the first touch stays; a direct visit says nothing new, so the last
 * touch stays, too.
 */
export function touchFields(
  known: Readonly<Record<string, unknown>>,
  first: Touch,
  last: Touch,
): Readonly<Record<'source' | 'medium' | 'last_source' | 'last_medium', string | null>> | null {
  const isFirst = known['medium'] === undefined || known['medium'] === null;
  const keepsLast = !isFirst && last.medium === 'direct' && known['last_medium'] != null;
  if (keepsLast) return null;
  const text = (key: string): string | null => (typeof known[key] === 'string' ? known[key] : null);
  return {
    source: isFirst ? first.source : text('source'),
    medium: isFirst ? first.medium : text('medium'),
    last_source: keepsLast ? text('last_source') : last.source,
    last_medium: keepsLast ? text('last_medium') : last.medium,
  };
}

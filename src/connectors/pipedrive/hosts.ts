import type { ConnectContext } from '../kit/connector.ts';

const SHARED = 'https://api.pipedrive.com';

/**
 * Where the API is (BEHAVIOR.md, "Hosts"): what the operator set, else the company's own host, else the shared one. People
 * paste addresses with the version behind them; paths of calls have theirs.
 */
export function baseUrlOf({ settings: { baseUrl, credentials } }: Pick<ConnectContext, 'settings'>): string {
  if (baseUrl !== null) return withoutVersion(baseUrl);
  const domain =
    credentials['companyDomain']
      ?.trim()
      .replace(/^https?:\/\//, '')
      .replace(/\/.*$/, '') ?? '';
  if (domain === '') return SHARED;
  return `https://${domain.includes('.') ? domain : `${domain}.pipedrive.com`}`;
}

/** `https://acme.pipedrive.com/api/v2/` → `https://acme.pipedrive.com`. */
export const withoutVersion = (base: string): string =>
  base.replace(/\/+$/, '').replace(/(?:\/api)?\/v[12]$|\/api$/, '');

export const isShared = (base: string): boolean => new URL(base).host === new URL(SHARED).host;

/** One organisation lives in exactly one data centre (BEHAVIOR.md, "Data centres"). */
interface DataCentre {
  readonly accounts: string;
  readonly api: string;
  readonly web: string;
}

const centre = (tld: string, cloud = 'zoho', apis = 'zohoapis'): DataCentre => ({
  accounts: `https://accounts.${cloud}.${tld}`,
  api: `https://www.${apis}.${tld}`,
  web: `https://crm.${cloud}.${tld}`,
});

export const DATA_CENTRES: Readonly<Record<string, DataCentre>> = {
  us: centre('com'),
  eu: centre('eu'),
  in: centre('in'),
  au: centre('com.au'),
  jp: centre('jp'),
  cn: centre('com.cn'),
  ca: centre('ca', 'zohocloud'),
  sa: centre('sa'),
  uk: centre('uk'),
  ae: centre('ae'),
};

const SANDBOX = 'sandbox.';

/** An address of Zoho's own API, ordinary, sandbox or developer edition: its data centre; null: somebody else's. */
export function centreOfApi(url: string): { readonly centre: DataCentre; readonly isSandbox: boolean } | null {
  if (!URL.canParse(url)) return null;
  const { hostname } = new URL(url);
  const domain = hostname.slice(hostname.indexOf('.') + 1);
  const found = Object.values(DATA_CENTRES).find((one) => new URL(one.api).hostname === `www.${domain}`);
  if (found === undefined || !/^(www|sandbox|developer)\./.test(hostname)) return null;
  return { centre: found, isSandbox: hostname.startsWith(SANDBOX) };
}

/** Where people open the records of this API. An address of one's own (an emulator, a gateway) shows them itself. */
export function webOfApi(url: string): string {
  const known = centreOfApi(url);
  if (known === null) return url.replace(/\/$/, '');
  return known.isSandbox ? known.centre.web.replace('//crm.', '//crmsandbox.') : known.centre.web;
}

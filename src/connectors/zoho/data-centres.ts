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

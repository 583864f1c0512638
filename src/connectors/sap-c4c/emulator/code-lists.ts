/** Code lists of the emulated tenant: the properties that use each, and what its codes mean. */
export const CODE_LISTS: Readonly<
  Record<string, { readonly properties: readonly string[]; readonly codes: readonly (readonly [string, string])[] }>
> = {
  CountryCodeCollection: {
    properties: [
      'AccountCountry',
      'IndividualCustomerAddressCountry',
      'BusinessAddressCountryCode',
      'CountryCode',
      'IndividualCustomerNationalityCountryCode',
      'NationalityCountryCode',
    ],
    codes: [
      ['FR', 'France'],
      ['DE', 'Germany'],
      ['US', 'United States'],
      ['GB', 'United Kingdom'],
      ['CA', 'Canada'],
      ['AU', 'Australia'],
    ],
  },
  // What a code means depends on the country.
  RegionCodeCollection: {
    properties: ['AccountState', 'IndividualCustomerAddressState', 'BusinessAddressStateCode', 'StateCode'],
    codes: [
      ['CA', 'California'],
      ['MN', 'Minnesota'],
      ['75', 'Paris'],
    ],
  },
  ContactPermissionCodeCollection: {
    properties: ['ContactAllowedCode', 'IndividualCustomerContactAllowedCode', 'ContactPermissionCode'],
    codes: [
      ['1', 'Contact allowed'],
      ['2', 'No contact allowed'],
    ],
  },
  StatusCodeCollection: {
    properties: ['StatusCode', 'LifeCycleStatusCode'],
    codes: [
      ['1', 'In Preparation'],
      ['2', 'Active'],
      ['3', 'Blocked'],
      ['4', 'Obsolete'],
    ],
  },
  LeadOriginTypeCodeCollection: {
    properties: ['OriginTypeCode'],
    codes: [
      ['001', 'Trade fair'],
      ['003', 'Web'],
    ],
  },
};

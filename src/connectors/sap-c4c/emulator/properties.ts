import { CODE_LISTS } from './code-lists.ts';
import type { SetName } from './state.ts';

/**
 * Every property of these sets as the vendor's own sandbox answered them: latonaio/sap-api-integrations-lead-reads and
 * …-contact-reads (MIT), see fixtures/. Extension fields are added by `state.ts`.
 */
const NAMES: Readonly<Record<SetName, string>> = {
  Lead: `
    ObjectID ID Name NameLanguageCode AccountPartyID AccountPartyUUID AccountPartyName ContactID ContactUUID
    ContactName Company ContactFirstName ContactMiddleName ContactLastName IndividualCustomerGivenName
    IndividualCustomerMiddleName IndividualCustomerFamilyName QualificationLevelCode UserStatusCode
    ResultReasonCode ApprovalStatusCode ConsistencyStatusCode OriginTypeCode PriorityCode StartDate EndDate
    CampaignID GroupCode OwnerPartyID OwnerPartyUUID EmployeeResponsibleUUID OwnerPartyName OwnerPartyIDSales
    OwnerUUIDSales OwnerSalesName MarketingUnitPartyID MarketingUnitPartyUUID MarketingName SalesUnitPartyID
    SalesUnitPartyUUID SalesUnitName SalesOrganisationID SalesOrganisationUUID DistributionChannelCode
    DivisionCode SalesOfficeID SalesOfficeUUID SalesGroupID SalesGroupUUID SurveyTotalScoreValue
    CreationDateTime LastChangeDateTime CreationIdentityUUID LastChangeIdentityUUID Note SalesTerritoryID
    SalesTerritoryUUID SalesTerritoryName ExpectedRevenueAmount ExpectedRevenueCurrencyCode Score
    CompanySecondName CompanyThirdName CompanyFourthName AccountPostalAddressElementsHouseID
    AccountPostalAddressElementsStreetPrefix AccountPostalAddressElementsAdditionalStreetPrefixName
    AccountPostalAddressElementsStreetName AccountPostalAddressElementsStreetSufix
    AccountPostalAddressElementsAdditionalStreetSuffixName AccountCity AccountCountry AccountState
    AccountPostalAddressElementsPOBoxID AccountPostalAddressElementsStreetPostalCode
    AccountPostalAddressElementsCountyName AccountPhone AccountFax AccountMobile AccountEMail AccountWebsite
    AccountLatitudeMeasure AccountLatitudeMeasureUnitCode AccountLongitudeMeasure
    AccountLongitudeMeasureUnitCode AccountLegalForm OrganisationAccountABCClassificationCode
    OrganisationAccountIndustrialSectorCode AccountDUNS OrganisationAccountContactAllowedCode
    AccountCorrespondenceLanguageCode AccountNote ContactFormOfAddressCode ContactFunctionalTitleName
    ContactAcademicTitleCode ContactAdditionalAcademicTitleCode ContactNickName
    ContactCorrespondenceLanguageCode ContactGenderCode ContactMaritalStatusCode
    BusinessPartnerRelationshipBusinessPartnerFunctionTypeCode
    BusinessPartnerRelationshipBusinessPartnerFunctionalAreaCode ContactDepartmentName
    BusinessPartnerRelationshipContactVIPReasonCode ContactAllowedCode
    BusinessPartnerRelationshipEngagementScoreNumberValue ContactBuildingID ContactFloorID ContactRoomID
    ContactPhone ContactFacsimileFormattedNumberDescription ContactMobile ContactEMail
    ContactEMailUsageDeniedIndicator ContactNote IndividualCustomerABCClassificationCode
    IndividualCustomerGenderCode IndividualCustomerMaritalStatusCode IndividualCustomerEMail
    IndividualCustomerPhone IndividualCustomerFax IndividualCustomerMobile IndividualCustomerAddressHouseID
    IndividualCustomerAddressStreetName IndividualCustomerAddressCity IndividualCustomerAddressCountry
    IndividualCustomerAddressState IndividualCustomerAddressPostalCode IndividualCustomerAddressCountyName
    IndividualCustomerNationalityCountryCode IndividualCustomerBirthDate IndividualCustomerFormOfAddressCode
    IndividualCustomerAcademicTitleCode IndividualCustomerOccupationCode IndividualCustomerContactAllowedCode
    IndividualCustomerNonVerbalCommunicationLanguageCode IndividualCustomerInitialsName
    AccountPreferredCommunicationMediumTypeCode IndividualCustomerNamePrefixCode AccountLifeCycleStatusCode
    MainContactLifeCycleStatusCode LifeCycleStatusCode ExternalID CreatedBy LastChangedBy EntityLastChangedOn
    ETag`,
  Contact: `
    ObjectID ContactID ContactUUID ExternalID ExternalSystem StatusCode StatusCodeText TitleCode TitleCodeText
    AcademicTitleCode AcademicTitleCodeText AdditionalAcademicTitleCode AdditionalAcademicTitleCodeText
    NamePrefixCode NamePrefixCodeText FirstName LastName AdditionalFamilyName Initials MiddleName Name
    GenderCode GenderCodeText MaritalStatusCode MaritalStatusCodeText LanguageCode LanguageCodeText NickName
    BirthDate BirthName ContactPermissionCode ContactPermissionCodeText ProfessionCode ProfessionCodeText
    PerceptionOfCompanyCode PerceptionOfCompanyCodeText DeviatingFullName AccountID AccountUUID
    AccountFormattedName Building Floor Room JobTitle FunctionCode FunctionCodeText DepartmentCode
    DepartmentCodeText Department VIPContactCode VIPContactCodeText Phone Mobile Fax Email EmailInvalidIndicator
    BestReachedByCode BestReachedByCodeText FormattedPostalAddressDescription BusinessAddressCountryCode
    BusinessAddressCountryCodeText BusinessAddressStateCodeTextUpdatable BusinessAddressHouseNumber
    BusinessAddressStreet BusinessAddressCity BusinessAddressStreetPostalCode BusinessAddressStateCode
    BusinessAddressStateCodeText CreationOn CreatedBy CreatedByIdentityUUID ChangedOn ChangedBy
    ChangedByIdentityUUID ContactOwnerID ContactOwnerUUID NormalisedPhone NormalisedMobile EntityLastChangedOn`,
  IndividualCustomer: `
    ObjectID CustomerID UUID ExternalID ExternalSystem RoleCode RoleCodeText LifeCycleStatusCode
    LifeCycleStatusCodeText CustomerABCClassificationCode CustomerABCClassificationCodeText
    ContactPermissionCode ContactPermissionCodeText TitleCode TitleCodeText AcademicTitleCode
    AcademicTitleCodeText FirstName MiddleName LastName AdditionalLastName Initials NickName GenderCode
    GenderCodeText NamePrefixCode NamePrefixCodeText MaritalStatusCode MaritalStatusCodeText LanguageCode
    LanguageCodeText BirthName BirthDate NationalityCountryCode NationalityCountryCodeText ProfessionCode
    ProfessionCodeText FormattedName FormattedPostalAddressDescription CountryCode CountryCodeText StateCode
    StateCodeText CareOfName AddressLine1 AddressLine2 HouseNumber AdditionalHouseNumber Street AddressLine4
    AddressLine5 District City DifferentCity StreetPostalCode County POBoxIndicator POBox POBoxPostalCode
    POBoxDeviatingCountryCode POBoxDeviatingCountryCodeText POBoxDeviatingStateCode POBoxDeviatingStateCodeText
    POBoxDeviatingCity TimeZoneCode TimeZoneCodeText TaxJurisdictionCode TaxJurisdictionCodeText Building Floor
    Room Phone NormalisedPhone Mobile NormalisedMobile Fax Email EmailInvalidIndicator WebSite BestReachedByCode
    BestReachedByCodeText OrderBlockingReasonCode OrderBlockingReasonCodeText DeliveryBlockingReasonCode
    DeliveryBlockingReasonCodeText BillingBlockingReasonCode BillingBlockingReasonCodeText
    SalesSupportBlockingIndicator RecommendedVisitingFrequency VisitDuration LastVisitingDate NextVisitingDate
    LatestRecommendedVisitingDate OwnerID OwnerUUID CreationOn CreatedBy CreatedByIdentityUUID ChangedOn
    ChangedBy ChangedByIdentityUUID EntityLastChangedOn`,
  CorporateAccount: `
    ObjectID AccountID UUID ExternalID ExternalSystem RoleCode RoleCodeText LifeCycleStatusCode
    LifeCycleStatusCodeText DUNSID LegalFormCode LegalFormCodeText CustomerABCClassificationCode
    CustomerABCClassificationCodeText NielsenRegionCode NielsenRegionCodeText IndustrialSectorCode
    IndustrialSectorCodeText ContactPermissionCode ContactPermissionCodeText BusinessPartnerFormattedName Name
    AdditionalName AdditionalName2 AdditionalName3 CurrentDefaultAddressUUID FormattedPostalAddressDescription
    CountryCode CountryCodeText StateCode StateCodeText CareOfName AddressLine1 AddressLine2 HouseNumber
    AdditionalHouseNumber Street AddressLine4 AddressLine5 District City DifferentCity StreetPostalCode County
    CompanyPostalCode POBoxIndicator POBox POBoxPostalCode POBoxDeviatingCountryCode
    POBoxDeviatingCountryCodeText POBoxDeviatingRegionCode POBoxDeviatingRegionCodeText POBoxDeviatingCity
    TimeZoneCode TimeZoneCodeText Building Floor Room Phone NormalisedPhone Mobile NormalisedMobile Fax Email
    WebSite LanguageCode LanguageCodeText BestReachedByCode BestReachedByCodeText OrderBlockingReasonCode
    OrderBlockingReasonCodeText DeliveryBlockingReasonCode DeliveryBlockingReasonCodeText
    BillingBlockingReasonCode BillingBlockingReasonCodeText SalesSupportBlockingIndicator
    LegalCompetenceIndicator RecommendedVisitingFrequency VisitDuration LastVisitingDate NextVisitingDate
    LatestRecommendedVisitingDate OwnerID OwnerUUID ParentAccountID CreationOn CreatedBy CreatedByIdentityUUID
    ChangedOn ChangedBy ChangedByIdentityUUID EntityLastChangedOn`,
};

export interface EmulatedProperty {
  readonly name: string;
  readonly type: string;
  readonly attributes: string;
}

export const READ_ONLY = 'sap:creatable="false" sap:updatable="false"';
const STAMPS = /^(CreationDateTime|LastChangeDateTime|CreationOn|ChangedOn|EntityLastChangedOn|ETag)$/;
const INTEGERS = new Set(['Score', 'SurveyTotalScoreValue']);
const LENGTHS: Readonly<Record<string, number>> = { ObjectID: 70, Name: 255, FirstName: 40, LastName: 40 };

/** Types follow the answers' spelling; the tenant's own `$metadata` is the truth and nowhere public. */
function propertyOf(name: string, entity: SetName): EmulatedProperty {
  const value = (type: string, attributes = ''): EmulatedProperty => ({ name, type, attributes });
  if (name === 'ObjectID') return value('Edm.String', `Nullable="false" MaxLength="70" ${READ_ONLY}`);
  if (STAMPS.test(name)) return value('Edm.DateTimeOffset', READ_ONLY);
  if (name.endsWith('UUID')) return value('Edm.Guid', READ_ONLY);
  if (name.endsWith('Indicator') && entity !== 'Lead') return value('Edm.Boolean');
  if (/(Amount|Measure)$/.test(name)) return value('Edm.Decimal', 'Precision="28" Scale="6"');
  if (INTEGERS.has(name)) return value('Edm.Int32');
  if (name.endsWith('Date')) return value('Edm.DateTime', 'Precision="0"');
  if (isComputed(name, entity)) return value('Edm.String', `MaxLength="480" ${READ_ONLY}`);
  const list = listOf(name);
  const context = /State(Code)?$/.test(name) ? ' c4c:context-property="CountryCode"' : '';
  const help = list === null ? '' : ` c4c:value-help="${list}"`;
  const isDemanded = name === 'Name' && (entity === 'Lead' || entity === 'CorporateAccount');
  const nullable = isDemanded ? 'Nullable="false" ' : '';
  return value('Edm.String', `${nullable}MaxLength="${LENGTHS[name] ?? 240}"${help}${context}`);
}

/** Numbers of their own, names of others, and descriptions beside codes. */
const isComputed = (name: string, entity: SetName): boolean =>
  /^(ID|ContactID|CustomerID|AccountFormattedName|FormattedName|FormattedPostalAddressDescription)$/.test(name) ||
  name === 'BusinessPartnerFormattedName' ||
  (name === 'AccountID' && entity === 'CorporateAccount') ||
  /(CodeText|^Created|^LastChangedBy|^ChangedBy|^Normalised|PartyName)/.test(name) ||
  (name === 'LifeCycleStatusCode' && entity === 'Lead');

/** The code list of a property, where the emulator has one. */
export function listOf(name: string): string | null {
  const found = Object.entries(CODE_LISTS).find(([, { properties }]) => properties.includes(name));
  return found?.[0] ?? null;
}

export const propertiesOf = (entity: SetName): readonly EmulatedProperty[] =>
  NAMES[entity]
    .split(/\s+/)
    .filter(Boolean)
    .map((name) => labelled(propertyOf(name, entity)));

/** As people read it: `ContactFirstName` is *Contact First Name*. */
const labelled = (property: EmulatedProperty): EmulatedProperty => ({
  ...property,
  attributes: `${property.attributes} sap:label="${property.name.replace(/([a-z])(?=[A-Z])/g, '$1 ')}"`,
});

/** Navigation properties are answered as deferred links. */
export const NAVIGATION: Readonly<Record<SetName, readonly string[]>> = {
  Lead: ['LeadItem'],
  Contact: ['ContactIsContactPersonFor', 'CorporateAccount'],
  IndividualCustomer: ['IndividualCustomerAddress'],
  CorporateAccount: ['CorporateAccountAddress'],
};

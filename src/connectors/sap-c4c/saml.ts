import { createPrivateKey, X509Certificate } from 'node:crypto';
import { SignedXml } from 'xml-crypto';
import { RemoteError } from '../kit/errors.ts';

/** What a signed assertion says: who (issuer) vouches for whom (user), to whom (audience), and where it may be used. */
export interface AssertionInput {
  readonly id: string;
  readonly issuer: string;
  readonly user: string;
  /** The tenant's name as local service provider. */
  readonly audience: string;
  /** The token endpoint. */
  readonly recipient: string;
  readonly clientId: string;
  /** PEM. */
  readonly privateKey: string;
  readonly certificate: string;
  /** ms since 1970, by our clock. */
  readonly now: number;
}

/** Clocks differ: the assertion begins a little before. */
const EARLY_MS = 60_000;
const LIFE_MS = 10 * 60_000;

const EXCLUSIVE = 'http://www.w3.org/2001/10/xml-exc-c14n#';
const ENVELOPED = 'http://www.w3.org/2000/09/xmldsig#enveloped-signature';
const RSA_SHA256 = 'http://www.w3.org/2001/04/xmldsig-more#rsa-sha256';
const SHA256 = 'http://www.w3.org/2001/04/xmlenc#sha256';
const NAME_ID = 'urn:oasis:names:tc:SAML:1.1:nameid-format:';

const escape = (text: string): string => text.replace(/[<>&"']/g, (char) => `&#${char.codePointAt(0) ?? 0};`);
const iso = (ms: number): string => new Date(ms).toISOString();

/**
 * A SAML 2.0 bearer assertion, signed, as the vendor's guide shows it (BEHAVIOR.md, "Sign-in"). The order of the
 * elements is the guide's, because the tenant refuses the slightest difference without a reason.
 * @throws RemoteError('invalid') when key or certificate cannot be read.
 */
export function signedAssertion(input: AssertionInput): string {
  const until = iso(input.now + LIFE_MS);
  const format = input.user.includes('@') ? 'emailAddress' : 'unspecified';
  const xml = [
    `<saml2:Assertion xmlns:saml2="urn:oasis:names:tc:SAML:2.0:assertion" ID="${escape(input.id)}" IssueInstant="${iso(input.now)}" Version="2.0">`,
    `<saml2:Issuer>${escape(input.issuer)}</saml2:Issuer>`,
    `<saml2:Subject><saml2:NameID Format="${NAME_ID}${format}">${escape(input.user)}</saml2:NameID>`,
    '<saml2:SubjectConfirmation Method="urn:oasis:names:tc:SAML:2.0:cm:bearer">',
    `<saml2:SubjectConfirmationData NotOnOrAfter="${until}" Recipient="${escape(input.recipient)}"></saml2:SubjectConfirmationData>`,
    '</saml2:SubjectConfirmation></saml2:Subject>',
    `<saml2:Conditions NotBefore="${iso(input.now - EARLY_MS)}" NotOnOrAfter="${until}"><saml2:AudienceRestriction>`,
    `<saml2:Audience>${escape(input.audience)}</saml2:Audience></saml2:AudienceRestriction></saml2:Conditions>`,
    '<saml2:AttributeStatement><saml2:Attribute Name="client_id">',
    '<saml2:AttributeValue xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:type="xs:anyType">',
    `${escape(input.clientId)}</saml2:AttributeValue></saml2:Attribute></saml2:AttributeStatement>`,
    `<saml2:AuthnStatement AuthnInstant="${iso(input.now)}" SessionNotOnOrAfter="${until}"><saml2:AuthnContext>`,
    '<saml2:AuthnContextClassRef>urn:none</saml2:AuthnContextClassRef></saml2:AuthnContext></saml2:AuthnStatement>',
    '</saml2:Assertion>',
  ].join('');
  const signer = new SignedXml({
    privateKey: readable('privateKey', () => createPrivateKey(input.privateKey)),
    publicCert: readable('certificate', () => new X509Certificate(input.certificate).toString()),
    signatureAlgorithm: RSA_SHA256,
    canonicalizationAlgorithm: EXCLUSIVE,
  });
  const assertion = "/*[local-name()='Assertion']";
  signer.addReference({ xpath: assertion, transforms: [ENVELOPED, EXCLUSIVE], digestAlgorithm: SHA256 });
  signer.computeSignature(xml, {
    prefix: 'ds',
    location: { reference: `${assertion}/*[local-name()='Subject']`, action: 'before' },
  });
  return signer.getSignedXml();
}

/** Never the text itself in the message. */
function readable<T>(credential: string, make: () => T): T {
  try {
    return make();
  } catch {
    throw new RemoteError('invalid', `credentials.${credential} is no PEM text that can be read`, {
      case: 'credential_unreadable',
      params: { credential },
    });
  }
}

/** When the certificate ends, ms since 1970. */
export const certificateEnds = (pem: string): number =>
  readable('certificate', () => new X509Certificate(pem).validToDate.getTime());

import { createPublicKey } from 'node:crypto';
import { XMLParser } from 'fast-xml-parser';
import { SignedXml } from 'xml-crypto';
import { EMULATED_CERTIFICATE, EMULATED_ISSUER } from './identity.ts';

export interface OAuthClient {
  readonly clientId: string;
  readonly clientSecret: string;
  /** The one user whom assertions may name. */
  readonly user: string;
}

/** Why an assertion is not taken, for the emulator's own log; the vendor tells nobody. null: it is good. */
export function faultIn(
  form: URLSearchParams,
  basic: string | undefined,
  want: { readonly client: OAuthClient; readonly tokenUrl: string; readonly audience: string; readonly now: number },
): string | null {
  const { client } = want;
  if (basic !== `Basic ${Buffer.from(`${client.clientId}:${client.clientSecret}`).toString('base64')}`) return 'client';
  if (form.get('grant_type') !== 'urn:ietf:params:oauth:grant-type:saml2-bearer') return 'grant_type';
  if (form.get('client_id') !== client.clientId || form.get('scope') !== 'UIWC:CC_HOME') return 'client_id or scope';
  const xml = Buffer.from(form.get('assertion') ?? '', 'base64').toString('utf8');
  const signed = verified(xml);
  return signed === null ? 'signature' : faultOf(signed, want);
}

/** What the signature covers, and only that; null: it is not the registered provider's. */
function verified(xml: string): string | null {
  const signature = /<ds:Signature[\s\S]*<\/ds:Signature>/.exec(xml)?.[0];
  if (signature === undefined) return null;
  const check = new SignedXml({ publicCert: createPublicKey(EMULATED_CERTIFICATE) });
  check.loadSignature(signature);
  try {
    return check.checkSignature(xml) ? (check.getSignedReferences()[0] ?? null) : null;
  } catch {
    return null;
  }
}

const parser = new XMLParser({ ignoreAttributes: false, attributeNamePrefix: '@', removeNSPrefix: true });

function faultOf(
  xml: string,
  want: { readonly client: OAuthClient; readonly tokenUrl: string; readonly audience: string; readonly now: number },
): string | null {
  // The shape is what the emulator asks for; anything else reads as undefined and is refused.
  const { Assertion: one } = parser.parse(xml) as { Assertion: Record<string, never> };
  const at = (...path: string[]): unknown =>
    path.reduce<unknown>(
      (node, key) => (typeof node === 'object' && node !== null ? Reflect.get(node, key) : undefined),
      one,
    );
  const texts: readonly (readonly [string, unknown, string])[] = [
    ['Issuer', at('Issuer'), EMULATED_ISSUER],
    ['NameID', at('Subject', 'NameID', '#text'), want.client.user],
    ['Recipient', at('Subject', 'SubjectConfirmation', 'SubjectConfirmationData', '@Recipient'), want.tokenUrl],
    ['Audience', at('Conditions', 'AudienceRestriction', 'Audience'), want.audience],
    ['client_id', at('AttributeStatement', 'Attribute', 'AttributeValue', '#text'), want.client.clientId],
  ];
  const wrong = texts.find(([, value, wanted]) => value !== wanted);
  if (wrong !== undefined) return wrong[0];
  const [from, until] = [at('Conditions', '@NotBefore'), at('Conditions', '@NotOnOrAfter')].map((text) =>
    Date.parse(String(text)),
  );
  const isNow = from !== undefined && until !== undefined && from <= want.now && want.now < until;
  return isNow ? null : 'time';
}

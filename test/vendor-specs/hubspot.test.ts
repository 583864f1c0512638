import { beforeAll, describe, expect, test } from 'vitest';
import { complaintsOf } from './hubspot-models.ts';
import { complaintsIn, type Exchange, playSession } from './session.ts';

/** Which model describes what is sent and answered, by method and the end of the path. */
const MODELS: readonly (readonly [RegExp, string | null, string])[] = [
  [
    /^POST .*\/contacts\/search$/,
    'PublicObjectSearchRequest',
    'CollectionResponseWithTotalSimplePublicObjectForwardPaging',
  ],
  [/^POST .*\/batch\/read$/, 'BatchReadInputSimplePublicObjectId', 'BatchResponseSimplePublicObjectWithErrors'],
  [
    /^POST .*\/batch\/create$/,
    'BatchInputSimplePublicObjectBatchInputForCreate',
    'BatchResponseSimplePublicObjectWithErrors',
  ],
  [/^POST .*\/batch\/update$/, 'BatchInputSimplePublicObjectBatchInput', 'BatchResponseSimplePublicObjectWithErrors'],
  [/^POST .*\/batch\/archive$/, 'BatchInputSimplePublicObjectId', ''],
  [/^POST .*\/contacts\/gdpr-delete$/, 'PublicGdprDeleteInput', ''],
  [/^GET .*\/contacts\/\d+$/, null, 'SimplePublicObjectWithAssociations'],
  [/^GET .*\/objects\/[^/]+\/contacts$/, null, 'CollectionResponseSimplePublicObjectWithAssociationsForwardPaging'],
  [/^GET .*\/properties\/[^/]+\/contacts$/, null, 'CollectionResponsePropertyNoPaging'],
  [/^POST .*\/properties\/[^/]+\/contacts$/, 'PropertyCreate', 'Property'],
  [/^GET \/crm\/owners\//, null, 'CollectionResponsePublicOwnerForwardPaging'],
];
/** No model in the client: dated paths that it does not speak, and what a private app's token may do. */
const UNMODELLED = /\/(account-info|property-validations|private-apps)\//;

describe('HubSpot by the models of its own client', () => {
  let exchanges: readonly Exchange[];
  beforeAll(async () => {
    exchanges = (await playSession('hubspot')).filter(({ url }) => !UNMODELLED.test(url.pathname));
  });
  const modelOf = (exchange: Exchange) =>
    MODELS.find(([pattern]) => pattern.test(`${exchange.method} ${exchange.url.pathname}`));

  test('every call of the connector is one that the vendor’s client could make', () => {
    const judge = (exchange: Exchange): string[] => {
      const model = modelOf(exchange);
      if (model === undefined) return ['no model'];
      if (model[1] === null) return [];
      // The guide writes a sort as an object, the generated model as a text; HubSpot takes both.
      return complaintsOf(model[1], exchange.sent).filter((one) => one !== '/sorts/0 should be string');
    };
    expect(complaintsIn(exchanges, judge)).toEqual([]);
    expect(new Set(exchanges.map((exchange) => modelOf(exchange)?.[0])).size).toBe(MODELS.length);
  });

  test('every answer of the emulator is one that the vendor’s client understands whole', () => {
    const judge = (exchange: Exchange): string[] =>
      exchange.status < 400
        ? complaintsOf(modelOf(exchange)?.[2] ?? '', exchange.answer)
        : // The guide on errors shows `status: "error"`, which the generated model leaves out.
          complaintsOf('ModelError', exchange.answer).filter((one) => one !== '/status is not known');
    expect(complaintsIn(exchanges, judge)).toEqual([]);
  });

  test('the judge sees a strange key and a wrong type', () => {
    expect(complaintsOf('PublicObjectSearchRequest', { limt: 3 })).toEqual(['/limt is not known']);
    expect(complaintsOf('BatchInputSimplePublicObjectBatchInput', { inputs: [{ id: 7 }] })).toEqual([
      '/inputs/0/id should be string',
    ]);
    expect(complaintsOf('SimplePublicObject', { createdAt: 'yesterday' })).toEqual(['/createdAt is no time']);
  });
});

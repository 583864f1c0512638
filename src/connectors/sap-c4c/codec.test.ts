import { describe, expect, test } from 'vitest';
import { fc } from '../../../test/support/properties.ts';
import { decodeBatch, encodeBatch } from './batch.ts';
import { decodeValue, encodeValue, parseTime } from './codec.ts';
import { refusalOf } from './faults.ts';
import { denyingCode, schemaOf } from './fields.ts';
import { parseMetadata } from './metadata.ts';
import { readSettings } from './settings.ts';

const settings = readSettings({
  baseUrl: null,
  authUrl: null,
  credentials: { method: 'basic' },
  options: {},
  systemFields: { url: null, score: null, status: null, source: null, syncFlag: null },
  startAutomations: false,
});
const described = (property: string) => {
  const xml = `<e:Edmx xmlns:e="x"><e:DataServices><Schema><EntityType Name="Lead">${property}</EntityType></Schema></e:DataServices></e:Edmx>`;
  return schemaOf(parseMetadata(xml), new Map(), settings).kinds.lead?.[0];
};
const field = (type: string, name = 'P') => described(`<Property Name="${name}" Type="${type}"/>`);

describe('SAP C4C: values', () => {
  test('[C24] every type comes back as it was sent', () => {
    const holds = (type: string, values: fc.Arbitrary<Parameters<typeof encodeValue>[1]>, name?: string) =>
      fc.assert(
        fc.property(values, (value) => {
          expect(decodeValue(field(type, name), encodeValue(field(type, name), value))).toEqual(value);
        }),
      );
    const dates = fc.date({ noInvalidDate: true, min: new Date(0), max: new Date('9999-01-01') });
    holds('Edm.String', fc.string({ minLength: 1 }));
    holds('Edm.Boolean', fc.boolean());
    holds('Edm.Int32', fc.integer());
    holds(
      'Edm.Decimal',
      fc.double({ noNaN: true, noDefaultInfinity: true }).filter((value) => !Object.is(value, -0)),
    );
    holds(
      'Edm.DateTimeOffset',
      dates.map((date) => date.toISOString()),
    );
    holds(
      'Edm.DateTime',
      dates.map((date) => date.toISOString().slice(0, 19)),
    );
    holds(
      'Edm.DateTime',
      dates.map((date) => date.toISOString().slice(0, 10)),
      'BirthDate',
    );
  });
  test('stamps are read whatever their spelling; a stamp without zone is what it says', () => {
    expect(parseTime('/Date(1422997623532)/')).toBe(1_422_997_623_532);
    expect(parseTime('/Date(1422997623532+0060)/')).toBe(1_422_997_623_532);
    expect(parseTime('2015-10-22T00:00:00')).toBe(Date.UTC(2015, 9, 22));
    expect(parseTime('2019-11-14T20:24:17+09:00')).toBe(Date.UTC(2019, 10, 14, 11, 24, 17));
    expect([parseTime(''), parseTime(null)]).toEqual([null, null]);
  });
  test('what creation demands is what cannot be empty and can be given', () => {
    const demanded = described('<Property Name="P" Type="Edm.String" Nullable="false" MaxLength="40"/>');
    expect(demanded).toMatchObject({ required: true, maxLength: 40 });
    const computed = described('<Property Name="P" Type="Edm.String" Nullable="false" sap:creatable="false"/>');
    expect(computed).toMatchObject({ required: false, writableOnCreate: false });
  });
  test('[R8] only one refusing code is the opt-out', () => {
    const codes = (...labels: string[]) => labels.map((label, index) => ({ id: `${index + 1}`, label, active: true }));
    expect(denyingCode(codes('Contact allowed', 'No contact allowed'))).toBe('2');
    expect(denyingCode(codes('Allowed', 'Not allowed', 'No longer allowed'))).toBeNull();
    expect(denyingCode(codes('Erlaubt', 'Verboten'))).toBeNull();
  });
});

describe('SAP C4C: refusals', () => {
  const said = (status: number, value: string) =>
    refusalOf(
      { status, headers: new Headers(), body: { error: { code: '', message: { lang: 'en', value } } } },
      new Map([
        ['IndividualCustomerEMail', { key: 'ContactEMail', label: 'E-Mail' }],
        ['Name', { key: 'Name', label: 'Name' }],
        ['ContactFirstName', { key: 'ContactFirstName', label: 'First Name' }],
      ]),
      0,
    );
  test('the vendor’s property is the field of ours, and English texts tell why', () => {
    expect(said(400, "Property 'IndividualCustomerEMail' not found")).toMatchObject({
      faults: [{ field: 'ContactEMail', reason: 'wrong_type' }],
    });
    expect(said(400, 'Value of property IndividualCustomerEMail is too long')).toMatchObject({
      faults: [{ reason: 'too_long' }],
    });
    // Business rules speak of labels; the longest that fits is meant.
    expect(said(400, 'The First Name exceeds the maximum length')).toMatchObject({
      faults: [{ field: 'ContactFirstName', reason: 'too_long' }],
    });
    expect(said(500, 'E-Mail address is not valid')).toMatchObject({ faults: [{ field: 'ContactEMail' }] });
    expect(said(500, 'Enter a sales unit')).toMatchObject({ faults: [{ field: null, reason: 'validation_rule' }] });
    expect([said(404, 'x'), said(412, 'x'), said(428, 'x'), said(500, '')].map((one) => one.kind)).toEqual([
      'gone',
      'stale',
      'stale',
      'unknown',
    ]);
  });
  test('an error in XML is read like one in JSON', () => {
    const body =
      '<error xmlns="http://schemas.microsoft.com/ado/2007/08/dataservices/metadata"><code/><message xml:lang="en">Property \'ABC\' not found</message></error>';
    expect(
      refusalOf({ status: 400, headers: new Headers(), body }, new Map([['ABC', { key: 'ours', label: '' }]]), 0),
    ).toMatchObject({
      faults: [{ field: 'ours', params: { vendor: "Property 'ABC' not found" } }],
    });
  });
});

describe('SAP C4C: batches', () => {
  const operations = [
    { method: 'GET' as const, path: 'LeadCollection' },
    { method: 'POST' as const, path: 'LeadCollection', json: { a: 1 } },
  ];
  const answer = (lineEnd: string) =>
    [
      '--x',
      'Content-Type: application/http',
      '',
      'HTTP/1.1 200 OK',
      'Content-Type: application/json',
      '',
      '{"d":"--x and --x_1 in a value"}',
      '--x',
      'Content-Type: multipart/mixed; boundary=x_1',
      '',
      '--x_1',
      'Content-Type: application/http',
      '',
      'HTTP/1.1 204 No Content',
      '',
      '',
      '--x_1--',
      '--x--',
      '',
    ].join(lineEnd);
  test('each write is a changeset of its own, and a read is followed by two empty lines', () => {
    const body = encodeBatch(operations, 'b');
    expect(body).toContain('GET LeadCollection HTTP/1.1\r\nAccept: application/json\r\n\r\n\r\n');
    expect(body.match(/Content-Type: multipart\/mixed; boundary=b_1/g)).toHaveLength(1);
    expect(body).toContain('POST LeadCollection HTTP/1.1');
  });
  test('answers are read whatever their line ends and nesting', () => {
    for (const lineEnd of ['\r\n', '\n'])
      expect(
        decodeBatch(answer(lineEnd), 'multipart/mixed; boundary=x', 2).map((part) => [part.status, part.body]),
      ).toEqual([
        [200, { d: '--x and --x_1 in a value' }],
        [204, null],
      ]);
  });
  test('an answer that is cut off, or has too few parts, is no answer', () => {
    const whole = answer('\n');
    expect(() => decodeBatch(whole, 'multipart/mixed; boundary=x', 3)).toThrow('2 of 3');
    expect(() => decodeBatch(whole.slice(0, -8), 'multipart/mixed; boundary=x', 2)).toThrow('cut off');
    expect(() => decodeBatch(whole, 'text/html', 2)).toThrow('boundary');
  });
});

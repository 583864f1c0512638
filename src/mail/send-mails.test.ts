import { afterEach, beforeEach, expect, test } from 'vitest';
import { describeEachDatabase, emptyStore } from '../../test/support/database.ts';
import { START } from '../../test/support/engine.ts';
import { addressesOf, startSmtp } from '../../test/support/smtp.ts';
import { manualClock } from '../platform/clock.ts';
import { silentLog } from '../platform/log.ts';
import type { Store } from '../store/db.ts';
import { type QueuedMail, queueMails } from '../store/outbox.ts';
import { beQuiet, endQuiet } from '../store/quiet.ts';
import { countOutbox, listOutbox, readMail, sendAgain } from './outbox.ts';
import { type MailDeps, sendDueMails } from './send-mails.ts';
import { NotSent, smtpTransport, type Transport } from './transport.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const mail = (id: string, more: Partial<QueuedMail> = {}): QueuedMail => ({
  id,
  kind: 'test',
  recipient: 'ada@example.com',
  subject: 'Hello',
  html: '<p>Hello</p>',
  text: 'Hello',
  ...more,
});

describeEachDatabase('mails', (store) => {
  let clock = manualClock(START);
  const stops: (() => Promise<void> | void)[] = [];
  beforeEach(async () => {
    await emptyStore(store());
    clock = manualClock(START);
  });
  afterEach(async () => {
    for (const stop of stops.splice(0)) await stop();
  });

  const queue = (...mails: QueuedMail[]) => store().transaction((trx) => queueMails(trx, mails, clock.now()));
  const server = async (options: Parameters<typeof startSmtp>[0] = {}, from = 'Tandem <tandem@example.com>') => {
    const smtp = await startSmtp(options);
    const transport = smtpTransport({ url: smtp.url, from });
    stops.push(() => transport.close(), smtp.stop);
    return { smtp, deps: deps(transport) };
  };
  const deps = (transport: Transport, on: Store = store()): MailDeps => ({
    store: on,
    clock,
    log: silentLog,
    transport,
  });
  const state = async (id: string) => {
    const { state: now, tries, error, nextTryAt } = await readMail(store().db, id);
    return { state: now, tries, error, nextTryAt };
  };

  test('[R70] a mail is queued with the transaction, or not at all, and arrives with both bodies and headers that ask for no answer', async () => {
    const { smtp, deps: on } = await server({ login: { user: 'u', password: 'p' } });
    await queue(mail('ml_1', { subject: 'Café → Tandem: 12 new', text: 'Grüße', html: '<p>Grüße</p>' }));
    await expect(
      store().transaction(async (trx) => {
        await queueMails(trx, [mail('ml_2')], START);
        throw new Error('no');
      }),
    ).rejects.toThrow('no');
    expect(await sendDueMails(on)).toBe(1);
    expect(await sendDueMails(on)).toBe(0);
    expect(smtp.arrived).toHaveLength(1);
    const [first] = smtp.arrived;
    expect(first).toMatchObject({
      from: 'tandem@example.com',
      to: ['ada@example.com'],
      mail: {
        subject: 'Café → Tandem: 12 new',
        html: '<p>Grüße</p>',
        messageId: '<ml_1@example.com>',
        date: new Date(START),
      },
    });
    expect(first?.mail.text?.trim()).toBe('Grüße');
    expect(first?.mail.from?.text).toBe('"Tandem" <tandem@example.com>');
    expect(first?.mail.headers.get('auto-submitted')).toBe('auto-generated');
    expect(await state('ml_1')).toEqual({ state: 'sent', tries: 1, error: null, nextTryAt: null });
    expect((await listOutbox(store().db, { limit: 10 })).map((one) => [one.id, one.sentAt])).toEqual([['ml_1', START]]);
  });

  test('a value can add no header, no recipient and no second mail', async () => {
    const { smtp, deps: on } = await server();
    await queue(
      mail('ml_1', { subject: 'Hello\r\nBcc: eve@example.com\r\n\r\nbody\u202Egpj.exe' }),
      mail('ml_2', { recipient: 'ada@example.com, eve@example.com' }),
      mail('ml_3', { recipient: 'ada@example.com\r\nBcc: eve@example.com' }),
      mail('ml_4', { recipient: 'Eve <eve@example.com>' }),
      mail('ml_5', { recipient: 'ada@example.com>\r\nRCPT TO:<eve@example.com' }),
      mail('ml_6', { recipient: 'nobody' }),
      mail('ml_7', { text: 'one\r\n.\r\nMAIL FROM:<x@y.z>\r\nRCPT TO:<eve@example.com>\r\nDATA\r\nsmuggled\r\n.\r\n' }),
    );
    await sendDueMails(on);
    expect(smtp.arrived.map((one) => one.to)).toEqual([['ada@example.com'], ['ada@example.com']]);
    const hello = smtp.arrived.find((one) => one.mail.subject?.startsWith('Hello Bcc:'));
    expect(hello?.mail.subject).toBe('Hello Bcc: eve@example.com body gpj.exe');
    expect(addressesOf(hello?.mail.to)).toEqual(['ada@example.com']);
    expect(hello?.mail.bcc).toBeUndefined();
    for (const id of ['ml_2', 'ml_3', 'ml_4', 'ml_5', 'ml_6'])
      expect(await state(id), id).toMatchObject({ state: 'failed', error: 'invalid_recipient' });
  });

  test('a refusal for good ends with the server’s words, one for now is tried again with growing pauses', async () => {
    const { smtp, deps: on } = await server({
      refuse: (to) =>
        to === 'gone@example.com'
          ? '550 5.1.1 no such user'
          : to === 'busy@example.com'
            ? '451 4.3.0 come back later'
            : undefined,
    });
    await queue(
      mail('ml_1', { recipient: 'gone@example.com' }),
      mail('ml_2', { recipient: 'busy@example.com' }),
      mail('ml_3'),
    );
    await sendDueMails(on);
    expect(await state('ml_1')).toMatchObject({
      state: 'failed',
      tries: 1,
      error: expect.stringContaining('5.1.1 no such user') as string,
    });
    expect(await state('ml_2')).toMatchObject({
      state: 'queued',
      tries: 1,
      nextTryAt: START + MINUTE,
      error: expect.stringContaining('come back later') as string,
    });
    expect(await state('ml_3')).toMatchObject({ state: 'sent' });
    const pauses: number[] = [];
    for (let tries = 0; tries < 8; tries += 1) {
      const { nextTryAt } = await state('ml_2');
      clock.advance((nextTryAt ?? 0) - clock.now() - 1);
      expect(await sendDueMails(on)).toBe(0);
      clock.advance(1);
      expect(await sendDueMails(on)).toBe(1);
      pauses.push((((await state('ml_2')).nextTryAt ?? 0) - clock.now()) / MINUTE);
    }
    expect(pauses).toEqual([2, 4, 8, 16, 32, 60, 60, 60]);
    expect(smtp.arrived).toHaveLength(1);
  });

  test('[R70] after a day of tries a mail is given up, and a person can begin another day', async () => {
    const transport: Transport = {
      send: async () => Promise.reject(new NotSent('connect ECONNREFUSED', false)),
      close: () => undefined,
    };
    await queue(mail('ml_1'));
    let tries = 0;
    while ((await state('ml_1')).state === 'queued') {
      await sendDueMails(deps(transport));
      clock.advance(((await state('ml_1')).nextTryAt ?? clock.now()) - clock.now());
      tries += 1;
    }
    expect(tries).toBeGreaterThan(20);
    expect(clock.now()).toBeLessThan(START + 25 * HOUR);
    expect(await state('ml_1')).toMatchObject({ state: 'failed', error: 'connect ECONNREFUSED' });
    await sendAgain(store().db, 'ml_1', clock.now());
    const { smtp, deps: on } = await server();
    await sendDueMails(on);
    expect(smtp.arrived).toHaveLength(1);
    expect(await state('ml_1')).toMatchObject({ state: 'sent', tries: 1 });
    await sendAgain(store().db, 'ml_1', clock.now());
    await sendDueMails(on);
    expect(smtp.arrived.map((one) => one.mail.messageId)).toEqual(['<ml_1@example.com>', '<ml_1@example.com>']);
  });

  test('a sign-in that the mail server refuses is not the mail’s fault: it is tried again', async () => {
    const smtp = await startSmtp({ login: { user: 'u', password: 'right' } });
    const transport = smtpTransport({ url: smtp.url.replace('right', 'wrong'), from: 'a@example.com' });
    stops.push(() => transport.close(), smtp.stop);
    await queue(mail('ml_1'));
    await sendDueMails(deps(transport));
    expect(await state('ml_1')).toMatchObject({ state: 'queued', error: expect.stringContaining('535') as string });
  });

  test('mails that waited for a mail server for more than a day are not sent all at once when there is one', async () => {
    const { smtp, deps: on } = await server();
    await queue(mail('ml_1'));
    clock.advance(25 * HOUR);
    await queue(mail('ml_2'));
    await sendDueMails(on);
    expect(smtp.arrived.map((one) => one.mail.messageId)).toEqual(['<ml_2@example.com>']);
    expect(await state('ml_1')).toMatchObject({ state: 'failed', error: 'too_old' });
  });

  test('[R41] [R70] while the instance is quiet nothing leaves; afterwards it does', async () => {
    const { smtp, deps: on } = await server();
    await queue(mail('ml_1'));
    await beQuiet(store().db, START);
    expect(await sendDueMails(on)).toBe(0);
    expect(await state('ml_1')).toMatchObject({ state: 'queued', tries: 0 });
    await endQuiet(store().db);
    await sendDueMails(on);
    expect(smtp.arrived).toHaveLength(1);
  });

  test('[R70] each mail has one sender, however many look for work at once', async () => {
    const { smtp, deps: on } = await server();
    await queue(...Array.from({ length: 60 }, (_, index) => mail(`ml_${index}`)));
    const dealt = await Promise.all(Array.from({ length: 6 }, () => sendDueMails(on)));
    expect(dealt.reduce((sum, one) => sum + one, 0)).toBe(60);
    expect(new Set(smtp.arrived.map((one) => one.mail.messageId)).size).toBe(60);
    expect(smtp.arrived).toHaveLength(60);
    expect(await countOutbox(store().db)).toEqual({ queued: 0, sending: 0, sent: 60, failed: 0, held: 0 });
  });

  test('a sender that died loses its mail to the next one, and its late answer changes nothing', async () => {
    let arrive: () => void = () => undefined;
    const slow: Transport = {
      send: () =>
        new Promise((_, reject) => {
          arrive = () => reject(new NotSent('550 too late', true));
        }),
      close: () => undefined,
    };
    await queue(mail('ml_1'));
    const dying = sendDueMails(deps(slow));
    while ((await state('ml_1')).state !== 'sending') await clock.sleep(0);
    await expect(sendAgain(store().db, 'ml_1', clock.now())).rejects.toMatchObject({ code: 'mail_sending' });
    const { smtp, deps: on } = await server();
    expect(await sendDueMails(on)).toBe(0);
    clock.advance(5 * MINUTE);
    expect(await sendDueMails(on)).toBe(1);
    arrive();
    await dying;
    expect(smtp.arrived).toHaveLength(1);
    expect(await state('ml_1')).toMatchObject({ state: 'sent', error: null });
  });
});

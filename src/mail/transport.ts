import { createTransport } from 'nodemailer';

/** A mail on its way: everything has been checked and made plain. */
export interface Letter {
  readonly id: string;
  readonly recipient: string;
  readonly subject: string;
  readonly html: string | null;
  readonly text: string;
  readonly createdAt: number;
}

/** What became of a mail that did not go out. */
export class NotSent extends Error {
  /** The server will never take this mail; trying again is useless. */
  readonly isFinal: boolean;
  constructor(message: string, isFinal: boolean, options: ErrorOptions = {}) {
    super(message, options);
    this.name = 'NotSent';
    this.isFinal = isFinal;
  }
}

export interface Transport {
  /** Resolves when the server has taken it. @throws NotSent */
  send(letter: Letter): Promise<void>;
  close(): void;
}

/** `Tandem <tandem@example.com>` or `tandem@example.com`. null: it is neither. */
export function parseFrom(text: string): { readonly name: string; readonly address: string } | null {
  const found = /^\s*(?:"?([^"<>\r\n]*?)"?\s*<([^\s<>@]+@[^\s<>@]+)>|([^\s<>@]+@[^\s<>@]+))\s*$/.exec(text);
  const address = found?.[2] ?? found?.[3];
  return address === undefined ? null : { name: found?.[1] ?? '', address };
}

/** Replies that mean "not this mail" (RFC 5321, 4.2.1): the recipient, the size or the content is refused for good. */
const AUTHENTICATION = new Set([530, 534, 535, 538]);

interface SmtpError {
  readonly code?: string;
  readonly responseCode?: number;
  readonly response?: string;
  readonly message: string;
}

/** A 5xx to the envelope or the message is final; a failed connection, greeting or sign-in is the operator's to mend. */
export function asNotSent(error: unknown): NotSent {
  const { code, responseCode, response, message } = error as SmtpError;
  const isAboutTheMail = code === 'EENVELOPE' || code === 'EMESSAGE';
  const isRefused = responseCode !== undefined && responseCode >= 500 && !AUTHENTICATION.has(responseCode);
  return new NotSent(response ?? message, isAboutTheMail && isRefused, { cause: error });
}

/** Longer silence than this ends an attempt; all together stay below the time for which a sender holds a mail. */
const PATIENCE = { connectionTimeout: 30_000, greetingTimeout: 30_000, socketTimeout: 60_000, dnsTimeout: 15_000 };

/**
 * Sends by SMTP. What `smtps://user:password@host:465` and its like mean is nodemailer's; `?requireTLS=true` insists on
 * STARTTLS, `?tls.rejectUnauthorized=false` takes any certificate.
 */
export function smtpTransport(options: { readonly url: string; readonly from: string }): Transport {
  const from = parseFrom(options.from);
  if (from === null) throw new Error(`MAIL_FROM is no sender: ${options.from}`);
  const domain = from.address.slice(from.address.lastIndexOf('@') + 1);
  const smtp = createTransport({
    url: options.url,
    pool: true,
    maxConnections: 2,
    ...PATIENCE,
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  return {
    send: async (letter) => {
      try {
        await smtp.sendMail({
          from,
          // As an object: never parsed as a list of addresses.
          to: { name: '', address: letter.recipient },
          envelope: { from: from.address, to: [letter.recipient] },
          subject: letter.subject,
          text: letter.text,
          ...(letter.html === null ? {} : { html: letter.html }),
          // One id for every attempt: a mail that was sent twice after a crash is known as one.
          messageId: `<${letter.id}@${domain}>`,
          date: new Date(letter.createdAt),
          // RFC 3834: no out-of-office answers, please.
          headers: { 'Auto-Submitted': 'auto-generated', 'X-Auto-Response-Suppress': 'All' },
        });
      } catch (error) {
        throw asNotSent(error);
      }
    },
    close: () => smtp.close(),
  };
}

import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { callbackify } from 'node:util';
import { type AddressObject, type ParsedMail, simpleParser } from 'mailparser';
import { SMTPServer } from 'smtp-server';

/** A mail as it arrived: who it went to on the wire, and what stands in it. */
export interface Arrived {
  readonly from: string;
  readonly to: readonly string[];
  readonly mail: ParsedMail;
  readonly raw: string;
}

/** A real SMTP server on loopback that keeps what it is given, and refuses as it is told. */
export async function startSmtp(
  options: {
    /** A reply to a recipient, e.g. `550 5.1.1 no such user`; undefined: it is taken. */
    readonly refuse?: (recipient: string) => string | undefined;
    readonly login?: { readonly user: string; readonly password: string };
  } = {},
) {
  const arrived: Arrived[] = [];
  const fault = (reply: string): Error =>
    Object.assign(new Error(reply.slice(4)), { responseCode: Number(reply.slice(0, 3)) });
  const server = new SMTPServer({
    authOptional: options.login === undefined,
    disabledCommands: options.login === undefined ? ['AUTH', 'STARTTLS'] : ['STARTTLS'],
    allowInsecureAuth: true,
    disableReverseLookup: true,
    onAuth: (auth, _session, done) =>
      auth.username === options.login?.user && auth.password === options.login?.password
        ? done(null, { user: auth.username })
        : done(fault('535 not you')),
    onRcptTo: (address, _session, done) => {
      const reply = options.refuse?.(address.address);
      done(reply === undefined ? null : fault(reply));
    },
    onData: (stream, session, done) => {
      const pieces: Buffer[] = [];
      stream.on('data', (piece: Buffer) => pieces.push(piece));
      stream.on('end', () => {
        const raw = Buffer.concat(pieces);
        const { mailFrom, rcptTo } = session.envelope;
        const keep = async (): Promise<void> => {
          arrived.push({
            from: mailFrom === false ? '' : mailFrom.address,
            to: rcptTo.map((one) => one.address),
            mail: await simpleParser(raw),
            raw: raw.toString('utf8'),
          });
        };
        callbackify(keep)(done);
      });
    },
  });
  server.listen(0, '127.0.0.1');
  await once(server.server, 'listening');
  const { port } = server.server.address() as AddressInfo;
  const login = options.login === undefined ? '' : `${options.login.user}:${options.login.password}@`;
  return {
    arrived,
    url: `smtp://${login}127.0.0.1:${port}`,
    stop: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
      }),
  };
}

/** The addresses of a header. */
export const addressesOf = (header: AddressObject | AddressObject[] | undefined): readonly (string | undefined)[] =>
  [header ?? []].flat().flatMap((one) => one.value.map((value) => value.address));

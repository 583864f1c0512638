import { type Logger, pino } from 'pino';

export type Log = Pick<Logger, 'debug' | 'info' | 'warn' | 'error'>;

/** JSON lines on standard error. No line carries a person's name, an address, a field value or a secret: pass ids. */
export const createLog = (level: string): Log =>
  pino(
    {
      level,
      base: null,
      redact: ['*.password', '*.accessToken', '*.refreshToken', '*.clientSecret', '*.authorization', '*.email'],
      serializers: { err: (error: Error) => ({ name: error.name, message: error.message, stack: error.stack }) },
    },
    pino.destination({ dest: 2, sync: false }),
  );

/** For tests: says nothing. */
export const silentLog: Log = pino({ level: 'silent' });
